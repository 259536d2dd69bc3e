/**
 * Lets everything else that waits run, then goes on.
 *
 * @throws the signal's reason once it is aborted, which is how a cancelled training ends
 */
export async function nextTurn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  signal.throwIfAborted()
}
