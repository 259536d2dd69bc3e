import { BlindspotError, warnOnce } from '../errors.js'
import { backendNames, rememberBackend, type BackendName } from './backendName.js'
import { prepareEnvironment } from './environment.js'
import type { Loaded } from './load.js'

export { prepareEnvironment } from './environment.js'
export type { BackendName } from './backendName.js'

/** The backend of this process. */
export interface Backend {
  readonly name: BackendName
  /** Threads that one operation uses. */
  readonly threads: number
  /** Version of TensorFlow (native) or TensorFlow.js. */
  readonly version: string
  /** Kernels that the plain JavaScript backend has and this one lacks. */
  readonly gaps: readonly string[]
  /** What costs time at each start, where that can be mended. */
  readonly note?: string
  /** Why the backend is not a faster one, where nobody chose it. */
  readonly fallbackReason?: string
}

prepareEnvironment()

let used: Promise<Backend> | undefined

/**
 * Picks the backend, once per process (or worker thread): `choice`, else `BLINDSPOT_BACKEND`, else the fastest that
 * loads of native, wasm and cpu.
 *
 * A further call returns the same; one that names another is an error (`bad-option`). A named backend that cannot be
 * had is an error (`backend`) that says what to do. That nobody chose and a slower one is what loads is a warning, once,
 * which says why and how to get the fast one.
 *
 * @example
 * const { name, threads } = await useBackend()
 */
export async function useBackend(choice?: BackendName): Promise<Backend> {
  if (choice !== undefined) requireName('backend', choice)
  used ??= pick(choice)
  const attempt = used
  try {
    const backend = await attempt
    if (choice === undefined || choice === backend.name) return backend
    throw new BlindspotError(
      'bad-option',
      `backend: expected ${backend.name}, which this process already uses, got ${choice}; choose before the first use`,
    )
  } catch (error) {
    // A choice that failed does not bind the next one.
    await attempt.catch(() => (used = undefined))
    throw error
  }
}

/** Names and versions that results are to be stamped with; call it after `useBackend`. */
export async function backendVersions(): Promise<Readonly<Record<string, string>>> {
  if (used === undefined)
    throw new BlindspotError('backend', 'backendVersions: expected useBackend() before it')
  const { name, version, threads } = await used
  const { tf } = await import('./tf.js')
  return {
    backend: name,
    ...(name === 'native' && { tensorflow: version }),
    // other last bits, and convolutions two to five times as fast
    ...(name === 'native' && process.env['TF_ENABLE_ONEDNN_OPTS'] === '1' && { oneDNN: 'on' }),
    tfjs: tf.version.tfjs,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    threads: String(threads),
  }
}

async function pick(choice?: BackendName): Promise<Backend> {
  const named = choice ?? fromEnvironment()
  // TensorFlow.js takes half a second and 60 MB: who only names this file does not load it
  const { loaders } = await import('./load.js')
  if (named !== undefined) {
    try {
      return await describe(named, await loaders[named]())
    } catch (error) {
      if (error instanceof BlindspotError) throw error
      const remedy = named === 'native' ? 'run `blindspot setup` or choose wasm' : 'choose another backend'
      throw new BlindspotError('backend', `backend ${named}: ${(error as Error).message}; ${remedy}`, {
        cause: error,
      })
    }
  }
  const failures: string[] = []
  for (const name of backendNames) {
    try {
      return await describe(name, await loaders[name](), failures)
    } catch (error) {
      // A mistake of the caller, not something that this machine lacks.
      if (error instanceof BlindspotError) throw error
      failures.push(`${name}: ${(error as Error).message}`)
    }
  }
  throw new BlindspotError('backend', failures.join('; '))
}

async function describe(
  name: BackendName,
  { registered, ...loaded }: Loaded,
  failures: readonly string[] = [],
): Promise<Backend> {
  const { tf } = await import('./tf.js')
  const kernels = (of: string): string[] => tf.getKernelsForBackend(of).map(({ kernelName }) => kernelName)
  const has = new Set(kernels(registered))
  const gaps = kernels('cpu').filter((kernel) => !has.has(kernel))
  rememberBackend(name)
  const reason = failures.join('; ')
  if (reason !== '') warnOnce(`backend: ${name}, slower than native (${reason}); see \`npx blindspot setup\``)
  if (loaded.note !== undefined) warnOnce(`backend: ${name}; ${loaded.note}`)
  return { name, ...loaded, gaps, ...(reason !== '' && { fallbackReason: reason }) }
}

function fromEnvironment(): BackendName | undefined {
  const value = process.env['BLINDSPOT_BACKEND']
  return value === undefined || value === '' ? undefined : requireName('BLINDSPOT_BACKEND', value)
}

function requireName(option: string, value: string): BackendName {
  const name = backendNames.find((known) => known === value)
  if (name !== undefined) return name
  throw new BlindspotError(
    'bad-option',
    `${option}: expected one of ${backendNames.join(', ')}, got ${value}`,
  )
}
