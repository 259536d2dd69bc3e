import { tf } from './tf.js'

export type BackendName = 'native' | 'wasm' | 'cpu'

/** The backend of this process. */
export interface Backend {
  readonly name: BackendName
}

/** Picks the backend, once per process. */
export async function useBackend(_choice?: BackendName): Promise<Backend> {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3'
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '0'
  process.env['TF_NUM_INTRAOP_THREADS'] ??= '1'
  await import('@tensorflow/tfjs-node')
  await tf.setBackend('tensorflow')
  return { name: 'native' }
}
