import { existsSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Cached } from './cache.js'
import { compileBinding, findCompiler, tryBinding, type Compiler } from './compile.js'
import { download, type WheelSources } from './download.js'
import { SetupError } from './fallback.js'
import { bindingKey, linkInto, packageCondition, type NodePackage } from './package.js'
import { conditionOf, writeStamp } from './stamp.js'
import type { Task } from './task.js'
import { unpack } from './unpack.js'
import type { Wheel } from './wheels.js'

/** All steps that are not done yet; each leaves either its whole result or nothing that counts. */
export async function complete(
  target: NodePackage,
  wheel: Wheel,
  cache: Cached,
  sources: WheelSources,
  task: Task,
): Promise<void> {
  const before = packageCondition(wheel, target)
  if (before.kind === 'complete') return
  if (before.kind === 'damaged') task.log(before.reason)

  const binding = join(cache.entry, `binding-${target.version}`, 'tfjs_binding.node')
  const isBuilt = (): boolean => conditionOf(dirname(binding), bindingKey(wheel, target)).kind === 'complete'
  // First of all, since without a compiler there is no use for a download of this size.
  let compiler = isBuilt() ? undefined : await requireCompiler(task)

  await provideLibrary(wheel, cache, sources, task)

  if (compiler === undefined) {
    try {
      await tryBinding(binding, task)
    } catch (error) {
      // Built where another system shared this cache: build it for this one.
      task.signal?.throwIfAborted()
      task.log((error as Error).message)
      compiler = await requireCompiler(task)
    }
  }
  if (compiler !== undefined) {
    await compileBinding(compiler, wheel, cache.library, target.folder, binding, task)
    await tryBinding(binding, task)
    writeStamp(dirname(binding), bindingKey(wheel, target), ['tfjs_binding.node'])
  }
  linkInto(target, wheel, cache.library, binding)
}

async function provideLibrary(wheel: Wheel, cache: Cached, sources: WheelSources, task: Task): Promise<void> {
  const { library, libraryKey, downloads } = cache
  const found = cache.condition()
  if (found.kind === 'complete') return
  if (found.kind === 'damaged') task.log(`${found.reason}; unpacking it again`)
  requireSpace(cache, wheel)
  const path = await download(wheel, downloads, sources, task)
  const partial = `${library}.partial`
  rmSync(partial, { recursive: true, force: true })
  await unpack(path, wheel, partial, task)
  writeStamp(partial, libraryKey, [...wheel.libraries, ...wheel.headers])
  rmSync(library, { recursive: true, force: true })
  renameSync(partial, library)
  // Retried, since a pip that outlived a killed set-up may still be writing here.
  rmSync(downloads, { recursive: true, force: true, maxRetries: 5 })
}

async function requireCompiler({ signal }: Task): Promise<Compiler> {
  const compiler = await findCompiler(signal)
  if (compiler === undefined) throw SetupError.compiler()
  return compiler
}

function requireSpace({ entry, downloads }: Cached, wheel: Wheel): void {
  const { bavail, bsize } = statfsSync(entry)
  const free = bavail * bsize
  // What an earlier run has left already takes its part.
  const needed = wheel.disk - (existsSync(join(downloads, wheel.file)) ? wheel.size : 0)
  if (free >= needed) return
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
  throw SetupError.space(
    `${entry}: ${gigabytes(needed)} of free space are needed, there are ${gigabytes(free)}`,
  )
}
