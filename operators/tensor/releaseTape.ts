import { tf } from './tf.js'

/**
 * Runs `f`, which differentiates. Where it throws, TensorFlow.js forgets what it keeps for the backward pass, outside of
 * every `tidy`: that is disposed of here.
 */
export function releaseTape<T>(f: () => T): T {
  try {
    return f()
  } catch (error) {
    const { state } = tf.engine()
    // null, whatever its type says, after a backward pass that went well
    const tape = state.activeTape as typeof state.activeTape | null
    if (state.gradientDepth === 0) {
      for (const { saved } of tape ?? []) tf.dispose(saved)
      state.activeTape = []
    }
    throw error
  }
}
