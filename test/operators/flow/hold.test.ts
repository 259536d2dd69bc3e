import t from 'tap'
import { setImmediate as turn } from 'node:timers/promises'
import {
  bufferCount,
  filter,
  from,
  lastValueFrom,
  map,
  Observable,
  of,
  range,
  take,
  tap,
  toArray,
} from 'rxjs'
import type { OperatorFunction, Subscription } from 'rxjs'
import { asyncOperator } from '../../../operators/flow/asyncOperator.js'
import { consume } from '../../../operators/flow/consume.js'
import { emit, hold } from '../../../operators/flow/hold.js'
import { pull } from '../../../operators/flow/inbox.js'
import { mapConcurrent } from '../../../operators/flow/mapConcurrent.js'
import { prefetch } from '../../../operators/flow/prefetch.js'
import { stream } from '../../../operators/flow/stream.js'

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

/** A source of 0, 1, 2, … that knows how far it got and whether it was cleaned up. */
function counter(limit = Infinity) {
  const state = { produced: 0, stopped: 0, aborted: 0 }
  const source = stream(async function* (signal) {
    signal.addEventListener('abort', () => state.aborted++)
    try {
      for (let i = 0; i < limit; i++) {
        if (i % 3 === 0) await turn()
        state.produced++
        yield i
      }
    } finally {
      state.stopped++
    }
  })
  return { source, state }
}

async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  void promise.then(() => (done = true))
  await turn()
  return done
}

t.test('emit waits for every hold taken meanwhile, nested emissions included', async (t) => {
  const releases: (() => void)[] = []
  const holding = () => hold(new Promise<void>((resolve) => releases.push(resolve)))
  const observe = (f: (emitted: (value: number) => Promise<void>) => Promise<void>, nested: boolean) =>
    new Promise<void>((resolve, reject) => {
      const source = new Observable<number>((subscriber) => {
        f((value) => emit(subscriber, value)).then(resolve, reject)
      })
      // an operator of a foreigner that emits inside next, and does not wait
      const inner = new Observable<number>((subscriber) =>
        source.subscribe((value) => void emit(subscriber, value * 2)),
      )
      ;(nested ? inner : source).subscribe((value) => {
        if (value >= 10) holding()
        if (value >= 20) holding()
        if (value === 30) hold(Promise.reject(new Error('a hold that fails releases')))
      })
    })
  for (const [nested, scale] of [
    [false, 1],
    [true, 2],
  ] as const) {
    await observe(async (emitted) => {
      t.ok(await settled(emitted(1)), 'nobody holds')
      const one = emitted(10 / scale)
      t.notOk(await settled(one), 'one holds')
      releases.pop()?.()
      t.ok(await settled(one), 'released')
      const three = emitted(30 / scale)
      releases.pop()?.()
      t.notOk(await settled(three), 'one of two released')
      releases.pop()?.()
      t.ok(await settled(three))
    }, nested)
  }
})

t.test('a closed subscriber holds nobody up', async (t) => {
  let emission = Promise.resolve()
  const subscription = new Observable<number>((subscriber) => {
    emission = emit(subscriber, 1)
  }).subscribe(() => hold(new Promise(() => undefined)))
  t.notOk(await settled(emission))
  subscription.unsubscribe()
  t.ok(await settled(emission))
})

t.test('synchronous RxJS operators keep the backpressure, order is kept', async (t) => {
  const { source, state } = counter(1000)
  let consumed = 0
  let peak = 0
  const seen: number[] = []
  const chain = source.pipe(
    map((i) => i + 1),
    filter((i) => i % 2 === 0),
    tap(() => (peak = Math.max(peak, state.produced - consumed))),
    prefetch(4),
    bufferCount(5),
    mapConcurrent(async (five) => (await turn(), five), { concurrency: 3 }),
  )
  await consume(chain, async (five) => {
    await turn()
    seen.push(...five)
    consumed += 2 * five.length
  })
  t.same(
    seen,
    [...Array(500).keys()].map((i) => 2 * i + 2),
  )
  // 4 waiting, one group half full, 3 groups in work; two produced for each that passes the filter
  t.ok(peak <= 2 * (4 + 5 + 3 * 5), `at most ${peak} between source and sink`)
  t.same(state, { produced: 1000, stopped: 1, aborted: 1 })
})

t.test('prefetch works ahead by exactly n, mapConcurrent by its slots', async (t) => {
  const ahead = async (operator: OperatorFunction<number, number>) => {
    const { source, state } = counter()
    const inbox = pull(source.pipe(operator))
    await inbox.next()
    for (let i = 0; i < 30; i++) await turn()
    const { produced } = state
    await inbox.return()
    await turn()
    t.equal(state.stopped, 1)
    return produced - 1
  }
  // beyond the value the reader works on
  t.equal(await ahead(map((i) => i)), 0)
  t.equal(await ahead(prefetch(1)), 1)
  t.equal(await ahead(prefetch(5)), 5)
  t.equal(await ahead(mapConcurrent((i) => i)), 0)
  t.equal(await ahead(mapConcurrent((i) => i, { concurrency: 4 })), 3)
  t.equal(await ahead(mapConcurrent((i) => Promise.resolve(i), { concurrency: 4, ordered: false })), 3)
})

t.test('a queue of samples beside other work: the pattern of the attack', async (t) => {
  const { source, state } = counter(100)
  let active = 0
  let peak = 0
  const rounds = asyncOperator<number, string>(1, async (input, out) => {
    const pending: { value: number; left: number }[] = []
    const refill = (value: number) => pending.push({ value, left: 1 + ((value * 7) % 5) })
    for (;;) {
      while (pending.length < 4) {
        const waiting = input.take()
        if (waiting !== undefined) refill(waiting)
        else if (pending.length === 0) {
          const next = await input.next()
          if (next.done) return
          refill(next.value)
        } else break
      }
      active = pending.length
      peak = Math.max(peak, state.produced - finished)
      await turn()
      for (const sample of pending.splice(0)) {
        if (--sample.left > 0) pending.push(sample)
        else await out.emit(`#${sample.value}`)
      }
    }
  })
  let finished = 0
  const results = await lastValueFrom(
    source.pipe(
      rounds,
      tap(() => finished++),
      toArray(),
    ),
  )
  t.equal(active, 1)
  t.same(new Set(results), new Set([...Array(100).keys()].map((i) => `#${i}`)))
  t.ok(peak <= 4 + 1, `${peak} samples alive at most: four in work, one waiting`)
})

t.test('streams are lazy, can be subscribed again, and stop where they are left', async (t) => {
  const { source, state } = counter(50)
  t.equal(state.produced, 0)
  const chain = source.pipe(
    prefetch(2),
    mapConcurrent((i) => of(i, -i), { concurrency: 2 }),
  )
  const expected = [...Array(50).keys()].flatMap((i) => [i, -i])
  t.same(await lastValueFrom(chain.pipe(toArray())), expected)
  t.same(await lastValueFrom(chain.pipe(toArray())), expected)
  t.same(state, { produced: 100, stopped: 2, aborted: 2 })
  t.same(await lastValueFrom(chain.pipe(take(4), toArray())), [0, -0, 1, -1])
  await turn()
  t.match(state, { stopped: 3, aborted: 3 })
  t.ok(state.produced <= 110, 'the rest was not read')
})

t.test('unsubscribing stops the inner streams, also from within', async (t) => {
  for (const ordered of [true, false]) {
    const outer = counter()
    const inner = counter()
    const seen: number[] = []
    const chain = outer.source.pipe(mapConcurrent(() => inner.source, { concurrency: 3, ordered }))
    const subscription = chain.subscribe((i) => seen.push(i))
    while (seen.length < 10) await turn()
    subscription.unsubscribe()
    await turn()
    const { length } = seen
    t.same([outer.state.produced, outer.state.stopped, inner.state.stopped], [3, 1, 3])
    await turn()
    t.equal(seen.length, length)

    const within = counter()
    const leaving: Subscription = counter()
      .source.pipe(mapConcurrent(() => (leaving.unsubscribe(), within.source), { concurrency: 2, ordered }))
      .subscribe()
    for (let turns = 0; turns < 5; turns++) await turn()
    t.equal(within.state.aborted, 1)
    t.ok(within.state.produced <= 1)
  }
})

t.test('errors at every place arrive once, and stop the source', async (t) => {
  const failure = new Error('on purpose')
  const at = (n: number) => (i: number) => {
    if (i === n) throw failure
    return i
  }
  const rejecting = async (i: number) => (await turn(), at(20)(i))
  const places: Record<string, OperatorFunction<number, number>> = {
    'a synchronous operator before': map(at(20)),
    'f throws': mapConcurrent(at(20), { concurrency: 3 }),
    'f throws, unordered': mapConcurrent(at(20), { concurrency: 3, ordered: false }),
    'f rejects': mapConcurrent(rejecting, { concurrency: 3 }),
    'f rejects, unordered': mapConcurrent(rejecting, { concurrency: 3, ordered: false }),
    'an inner Observable': mapConcurrent((i) => of(i).pipe(map(at(20))), { concurrency: 3 }),
    'an inner stream': mapConcurrent((i) => stream(() => [at(20)(i)]), { concurrency: 3, ordered: false }),
    'the body of an operator': asyncOperator(2, async (input, out) => {
      for await (const i of input) await out.emit(at(20)(i))
    }),
    'between two of ours': (source) => source.pipe(prefetch(3), map(at(20)), prefetch(2)),
  }
  for (const [place, operator] of Object.entries(places)) {
    const { source, state } = counter()
    const seen: number[] = []
    const errors: unknown[] = []
    const chain = source.pipe(
      operator,
      tap({ error: (error) => errors.push(error) }),
      mapConcurrent((i) => i, { concurrency: 2 }),
    )
    await t.rejects(
      consume(chain, async (i) => void (await turn(), seen.push(i))),
      failure,
      place,
    )
    await turn()
    t.same(errors, [failure], `${place}: once`)
    t.same([state.stopped, state.aborted], [1, 1], `${place}: source stopped`)
    t.ok(state.produced < 30, `${place}: at once`)
    t.same(seen, [...Array(20).keys()].slice(0, seen.length), `${place}: what came before is right`)
  }

  const broken = stream(async function* () {
    yield* [1, 2]
    await turn()
    throw failure
  })
  const seen: number[] = []
  await t.rejects(
    consume(broken.pipe(prefetch(1)), (i) => void seen.push(i)),
    failure,
    'the source',
  )
  t.same(seen, [1, 2])
  const unmade = stream<number>(() => {
    throw failure
  })
  await t.rejects(
    consume(unmade, () => undefined),
    failure,
    'a source that cannot start',
  )

  const { source, state } = counter()
  let writes = 0
  const write = async () => {
    await turn()
    if (++writes === 5) throw failure
  }
  await t.rejects(consume(source.pipe(prefetch(2)), write), failure, 'the sink')
  await turn()
  t.same([writes, state.stopped], [5, 1])
})

t.test('ordered: everything before the error arrives', async (t) => {
  const seen: number[] = []
  const late = async (i: number) => {
    if (i === 3) throw new Error('early')
    for (let turns = 0; turns < 5; turns++) await turn()
    return i
  }
  await t.rejects(
    consume(range(0, 10).pipe(mapConcurrent(late, { concurrency: 4 })), (i) => void seen.push(i)),
    /early/,
  )
  t.same(seen, [0, 1, 2])
})

t.test('an aborted consume waits for the write under way, then rejects with the reason', async (t) => {
  const { source, state } = counter()
  const abort = new AbortController()
  const reason = new Error('interrupted')
  let writing = false
  const written = consume(
    source,
    async (i) => {
      writing = true
      if (i === 3) abort.abort(reason)
      await turn()
      await turn()
      writing = false
    },
    { signal: abort.signal },
  )
  await t.rejects(written, reason)
  t.notOk(writing)
  await turn()
  t.equal(state.stopped, 1)
  await t.rejects(
    consume(source, () => undefined, { signal: abort.signal }),
    reason,
  )
  t.equal(state.stopped, 1, 'an aborted signal starts nothing')
})

t.test('10,000 synchronous results do not overflow, and unordered work comes as it is done', async (t) => {
  const n = 10_000
  const all = [...Array(n).keys()]
  for (const ordered of [true, false]) {
    const plain = range(0, n).pipe(mapConcurrent((i) => i, { concurrency: 8, ordered }))
    t.same(await lastValueFrom(plain.pipe(toArray())), all)
    const inner = of(0).pipe(mapConcurrent(() => range(0, n), { ordered }))
    t.same(await lastValueFrom(inner.pipe(toArray())), all)
  }
  const delays = [5, 1, 3]
  const work = async (i: number) => {
    for (let turns = 0; turns < delays[i]; turns++) await turn()
    return i
  }
  const results = of(0, 1, 2).pipe(mapConcurrent(work, { concurrency: 3, ordered: false }), toArray())
  t.same(await lastValueFrom(results), [1, 2, 0])
})

t.test('types and options', async (t) => {
  const lengths: Observable<number> = of('a', 'bb').pipe(
    mapConcurrent((text) => Promise.resolve(text.length)),
  )
  const letters: Observable<string> = of('a', 'bb').pipe(mapConcurrent((text) => from(Array.from(text))))
  const lists: Observable<number[]> = of(1).pipe(mapConcurrent((i) => [i]))
  // @ts-expect-error a number is no string
  const wrong: Observable<string> = lengths
  t.ok(wrong)
  t.same(await lastValueFrom(lengths.pipe(toArray())), [1, 2])
  t.same(await lastValueFrom(letters.pipe(toArray())), ['a', 'b', 'b'])
  t.same(await lastValueFrom(lists), [1])
  for (const n of [0, 1.5, NaN]) {
    t.throws(() => prefetch(n), { code: 'bad-option', message: new RegExp(`prefetch: n: .*got ${n}`) })
    t.throws(() => mapConcurrent((i: number) => i, { concurrency: n }), { code: 'bad-option' })
  }
})

t.test('no rejection was left unhandled', async (t) => {
  await turn()
  t.same(unhandled, [])
})
