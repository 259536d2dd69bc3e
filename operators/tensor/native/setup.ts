import { accessSync, constants } from 'node:fs'
import { cacheRoot } from '../../cacheRoot.js'
import { bringPackage } from './bringPackage.js'
import { cached, type Cached } from './cache.js'
import { complete } from './complete.js'
import { SetupError, type Fallback } from './fallback.js'
import { withLock } from './lock.js'
import { nodePackage, packageAt, packageCondition } from './package.js'
import { obstacle, platform } from './platform.js'
import type { SetupPhase, SetupProgress, Task } from './task.js'
import { wheels, type Wheel } from './wheels.js'

const publicIndex = 'https://pypi.org/simple/'

export interface SetupOptions {
  /** Stops the set-up, which then rejects with the signal's reason; what is finished stays for the next one. */
  readonly signal?: AbortSignal
  /** Called often, with bytes done and to do. Default: nobody is told. */
  readonly onProgress?: (progress: SetupProgress) => void
  /** Receives a line for each thing worth knowing: a way that failed, another set-up that is waited for. */
  readonly log?: (line: string) => void
  /** Folder for what is downloaded and built. Default: `BLINDSPOT_CACHE`, else the platform's folder for caches. */
  readonly cacheDir?: string
  /** Folder of the `@tensorflow/tfjs-node` to complete. Default: the one that this library uses. */
  readonly packageDir?: string
  /** The wheel to take the library from. Default: the pinned one for this platform. */
  readonly wheel?: Wheel
  /** Whether pip is tried before the index itself. Default: true, since it knows a person's mirror and proxy. */
  readonly pip?: boolean
  /** Where to look where pip fails: the address of a simple index with JSON (PEP 691). Default: the public one. */
  readonly index?: string
}

export type SetupResult = NativeResult | Fallback

export interface NativeResult {
  readonly backend: 'native'
  /** Version of TensorFlow. */
  readonly version: string
  /** What this call had to do; empty where all was in place. */
  readonly did: readonly SetupPhase[]
  /** The part of the cache that the package now links to. */
  readonly cache: string
  /** Whether this platform's way is one that the project tests. */
  readonly tested: boolean
}

/**
 * Completes `@tensorflow/tfjs-node` with TensorFlow's library and a binding compiled against it; where the package is not
 * installed npm brings it first.
 *
 * The library comes out of a pinned, hash-checked Python wheel and is kept, with the binding, in a cache from which
 * every further checkout is served in a second. Calling it where all is in place costs a millisecond; two at once
 * share the work; one that was killed is gone on with. Where it cannot be done (no compiler, network, space, or a
 * platform without a library) it resolves to the reason and the remedy, and the wasm backend remains.
 *
 * @example
 * const result = await setup({ log: console.error })
 * if (result.backend === 'wasm') console.error(result.reason, result.remedy)
 */
export async function setup(options: SetupOptions = {}): Promise<SetupResult> {
  const {
    signal,
    onProgress,
    log = () => undefined,
    cacheDir = cacheRoot(),
    pip = true,
    index = publicIndex,
  } = options
  const task: Task = {
    signal,
    log,
    onProgress: (progress) => {
      did.add(progress.phase)
      onProgress?.(progress)
    },
  }
  const did = new Set<SetupPhase>()
  try {
    const wheel = options.wheel ?? wheels[platform]
    if (wheel === undefined) {
      const others = Object.keys(wheels).join(', ')
      throw SetupError.platform(`no TensorFlow library for ${platform} (only for ${others})`)
    }
    const why = obstacle()
    const present = options.packageDir === undefined ? nodePackage() : packageAt(options.packageDir)
    if (present === undefined && why !== undefined) throw SetupError.platform(why)
    const target = present ?? (await bringPackage(task))
    const cache = cached(cacheDir, wheel)
    if (packageCondition(wheel, target).kind !== 'complete') {
      if (why !== undefined) throw SetupError.platform(why)
      if (!wheel.tested) log(`the native set-up is untested on ${platform}`)
      accessSync(target.folder, constants.W_OK)
      const work = (): Promise<void> => complete(target, wheel, cache, { pip, index }, task)
      if (isSharedWhole(cache)) await work()
      else await withLock(cache.entry, task, work)
    }
    return {
      backend: 'native',
      version: wheel.version,
      did: [...did],
      cache: cache.entry,
      tested: wheel.tested,
    }
  } catch (error) {
    signal?.throwIfAborted()
    return SetupError.from(error).toFallback()
  }
}

/** A cache that this user cannot write to and need not: one that root has set up for all. */
function isSharedWhole({ root, condition }: Cached): boolean {
  try {
    accessSync(root, constants.W_OK)
    return false
  } catch {
    return condition().kind === 'complete'
  }
}
