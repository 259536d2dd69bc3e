import { fileURLToPath } from 'node:url'
import type { Backend } from '../backend.js'
import { cacheRoot } from '../../cacheRoot.js'
import { cached } from './cache.js'
import { findCompiler } from './compile.js'
import { nodePackage, packageCondition } from './package.js'
import { findPip } from './pip.js'
import { libc, obstacle, platform } from './platform.js'
import type { Probe } from './probe.js'
import { run } from './run.js'
import type { Condition } from './stamp.js'
import { wheels, type Wheel } from './wheels.js'

/** Everything that decides which backend this installation gets. */
export interface SetupReport {
  /** The backend that a new process gets; nothing where none loads, see `error`. */
  readonly backend?: Backend
  readonly error?: string
  /** Who decided on the backend. */
  readonly chosenBy: 'BLINDSPOT_BACKEND' | 'automatic'
  readonly versions: Readonly<Record<string, string>>
  readonly platform: string
  /** The C library, `glibc 2.36` or `musl`; nothing outside Linux. */
  readonly libc?: string
  /** The native backend's files. */
  readonly native: {
    readonly state: 'complete' | 'absent' | 'damaged' | 'unavailable'
    /** Why the native backend is damaged or unavailable. */
    readonly reason?: string
    /** Version of TensorFlow, and whether the project tests the set-up on this platform. */
    readonly tensorflow?: string
    readonly tested?: boolean
  }
  readonly cache: { readonly path: string; readonly state: Condition['kind'] }
  /** What the set-up can work with; nothing for what is missing. */
  readonly tools: { readonly compiler?: string; readonly python?: string; readonly pip?: string }
}

/** Reports on backend and set-up; loads the backend in a process of its own, changes nothing. */
export async function checkSetup(options: { readonly signal?: AbortSignal } = {}): Promise<SetupReport> {
  const { signal } = options
  const [probed, compiler, pip, python] = await Promise.all([
    probe(signal),
    findCompiler(signal),
    findPip(signal),
    findPython(signal),
  ])
  const c = libc()
  const wheel = wheels[platform]
  const library = wheel && cached(cacheRoot(), wheel)
  return {
    ...('backend' in probed ? { backend: probed.backend } : { error: probed.error }),
    chosenBy: process.env['BLINDSPOT_BACKEND'] ? 'BLINDSPOT_BACKEND' : 'automatic',
    versions: 'versions' in probed ? probed.versions : { node: process.versions.node },
    platform,
    ...(c !== undefined && { libc: c }),
    native: nativeState(wheel),
    cache: { path: library?.entry ?? cacheRoot(), state: library?.condition().kind ?? 'absent' },
    tools: {
      ...(compiler && { compiler: compiler.version }),
      ...(python !== undefined && { python }),
      ...(pip && { pip: pip.version }),
    },
  }
}

async function probe(signal?: AbortSignal): Promise<Probe> {
  const script = fileURLToPath(new URL('probe.js', import.meta.url))
  const outcome = await run([process.execPath, script], { signal })
  if (outcome.kind === 'done') return JSON.parse(/^\{.*$/m.exec(outcome.output)?.[0] ?? '') as Probe
  return {
    error: outcome.kind === 'failed' ? `loading the backend ended the process: ${outcome.reason}` : 'no Node',
  }
}

async function findPython(signal?: AbortSignal): Promise<string | undefined> {
  for (const name of ['python3', 'python']) {
    const outcome = await run([name, '--version'], { signal })
    if (outcome.kind === 'done') return outcome.output.trim()
  }
  return undefined
}

function nativeState(wheel: Wheel | undefined): SetupReport['native'] {
  if (wheel === undefined) return { state: 'unavailable', reason: `no TensorFlow library for ${platform}` }
  const known = { tensorflow: wheel.version, tested: wheel.tested }
  const target = nodePackage()
  if (target === undefined)
    return { state: 'unavailable', reason: '@tensorflow/tfjs-node is not installed', ...known }
  const condition = packageCondition(wheel, target)
  if (condition.kind === 'complete') return { state: 'complete', ...known }
  const reason = obstacle()
  if (reason !== undefined) return { state: 'unavailable', reason, ...known }
  return { state: condition.kind, ...('reason' in condition && { reason: condition.reason }), ...known }
}
