/**
 * Makes the next value while the last one is being worked on: one value ahead, no more. Values keep their order; an error comes
 * after those before it.
 */
export async function* ahead<T>(
  values: AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  let next = values.next()
  try {
    for (;;) {
      const { value, done } = await next
      if (done) return
      next = values.next()
      next.catch(() => undefined) // seen when its turn comes
      yield value
    }
  } finally {
    await values.return()
  }
}
