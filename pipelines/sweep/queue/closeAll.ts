import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds within which a queue has to answer who leaves. */
const PATIENCE = 5000

/** Ends what needs a queue, one after the other; one that is away keeps nobody. */
export async function closeAll(endings: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const end of endings) {
    const late = new AbortController()
    await Promise.race([
      end().catch(() => undefined),
      sleep(PATIENCE, undefined, { signal: late.signal }).catch(() => undefined),
    ])
    late.abort()
  }
}
