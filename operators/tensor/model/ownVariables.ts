import { tf } from '../tf.js'

/**
 * Runs `f` to its end and owns all variables that it makes; of other tensors nothing is left.
 *
 * @returns f's result and what disposes of the variables; if `f` throws they are disposed of
 */
export function ownVariables<T>(f: () => T): { readonly result: T; readonly dispose: () => void } {
  const registered = tf.engine().registeredVariables
  const before = new Set(Object.keys(registered))
  const made = () => Object.entries(registered).filter(([name]) => !before.has(name))
  const results: T[] = []
  try {
    // not its result: tidy would walk through all that a layer refers to
    tf.tidy(() => {
      results.push(f())
    })
  } catch (cause) {
    for (const [, variable] of made()) variable.dispose()
    throw cause
  }
  const own = made()
  return {
    result: results[0],
    dispose() {
      for (const [, variable] of own.splice(0)) variable.dispose()
    },
  }
}
