import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import { mendAveragePoolGradients } from './averagePoolGradient.js'
import type { BackendName } from './backendName.js'
import { nativeThreads } from './environment.js'
import { mendMaxPoolGradient } from './maxPoolGradient.js'
import { nodePackage, loadCondition } from './native/package.js'
import { platform } from './native/platform.js'
import { wheels } from './native/wheels.js'
import { tf } from './tf.js'

export { backendNames, type BackendName } from './backendName.js'

export interface Loaded {
  /** TensorFlow.js' own name for the backend. */
  readonly registered: string
  readonly threads: number
  readonly version: string
  /** What costs time at each start. */
  readonly note?: string
}

const require = createRequire(import.meta.url)

/** For each backend what makes it the one in use, or throws why it cannot. */
export const loaders: Readonly<Record<BackendName, () => Promise<Loaded>>> = { native, wasm, cpu }

async function native(): Promise<Loaded> {
  const threads = nativeThreads()
  const target = nodePackage()
  if (target === undefined) throw new Error('@tensorflow/tfjs-node is not installed')
  const wheel = wheels[platform]
  if (wheel === undefined) throw new Error(`no TensorFlow library for ${platform}`)
  // What is loaded is what was checked. A truncated library, too, would end the process rather than fail to load.
  const condition = loadCondition(wheel, target)
  if (condition.kind === 'damaged') throw new Error(condition.reason)
  if (condition.kind === 'absent') throw new Error('not set up')
  // tfjs-node calls two functions that Node 22 warns of and Node 23 removed.
  Object.assign(require('node:util') as object, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: (value: unknown) => Array.isArray(value),
  })
  require('@tensorflow/tfjs-node')
  await activate('tensorflow')
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } }
  const { note } = condition
  return {
    registered: 'tensorflow',
    threads,
    version: binding.TF_Version,
    ...(note !== undefined && { note }),
  }
}

async function wasm(): Promise<Loaded> {
  const { setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep)
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const before = events.map((event) => new Set<unknown>(process.rawListeners(event)))
  try {
    await activate('wasm')
  } finally {
    // Emscripten's loader takes over the process' error handling, and would print a minified file with each error.
    events.forEach((event, i) => {
      for (const listener of process.rawListeners(event)) {
        if (!before[i]?.has(listener)) process.removeListener(event, listener as () => void)
      }
    })
  }
  mendMaxPoolGradient()
  mendAveragePoolGradients('wasm')
  return { registered: 'wasm', threads: 1, version }
}

async function cpu(): Promise<Loaded> {
  await activate('cpu')
  mendAveragePoolGradients('cpu')
  // On its first use it would print an advertisement of tfjs-node.
  Object.assign(tf.backend(), { firstUse: false })
  return { registered: 'cpu', threads: 1, version: tf.version.tfjs }
}

async function activate(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start its backend ${name}`)
}
