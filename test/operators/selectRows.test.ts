import { EMPTY, from, lastValueFrom, Observable, of, toArray } from 'rxjs'
import t from 'tap'
import {
  imagesOf,
  selectRows,
  STATUSES,
  stream,
  takeRows,
  type AdversarialBatch,
  type ImageBatch,
  type Rows,
} from 'blindspot'
import { examplesOf } from '../sinks/records.js'

/** Images of one value each, which tells the image. */
const images = (n: number, batchSize: number) =>
  imagesOf(
    {
      pixels: Array.from({ length: 2 * n }, (_, at) => (at >> 1) / n),
      labels: Array.from({ length: n }, (_, i) => i % 3),
      shape: [1, 2, 1],
    },
    { batchSize },
  )
const all = <Batch extends Rows>(batches: Observable<Batch>) =>
  lastValueFrom(batches.pipe(toArray()), { defaultValue: [] })
const sizes = (batches: readonly Rows[]) => batches.map(({ index }) => index.length)

t.test('selectRows keeps the rows that meet a predicate', async (t) => {
  const seen: unknown[] = []
  const selected = images(10, 4).pipe(
    selectRows((row, place) => {
      seen.push([row.index, row.label, row.dataset, [...row.shape], row.pixels.length, place])
      return row.label === 1
    }),
  )
  const batches = await all(selected)
  t.same(seen[5], [5, 2, 'own', [1, 2, 1], 2, 5])
  t.equal(seen.length, 10)
  t.same(
    batches.flatMap(({ index }) => [...index]),
    [1, 4, 7],
  )
  t.same(
    batches.flatMap(({ pixels }) => [...pixels]),
    [1, 1, 4, 4, 7, 7].map((image) => Math.fround(image / 10)),
  )
  t.same(await all(selected), batches, 'counted anew for each subscription')
  const [whole] = await all(images(4, 4))
  const [kept] = await all(of(whole).pipe(selectRows(() => true)))
  t.equal(kept, whole, 'a batch of which all stays is itself')
  t.same(sizes(await all(images(10, 4).pipe(selectRows(({ index }) => index > 7)))), [2], 'none is empty')
  const unreadable = [{ dataset: 'own', split: 'all', index: 9, path: 'x', reason: 'y' }]
  t.same(sizes(await all(of({ ...whole, unreadable }).pipe(selectRows(() => false)))), [0])
  for (const [predicate, got] of [
    [() => Promise.resolve(false), /got a promise/],
    [() => 'x', /true or false, got x/],
  ] as const)
    await t.rejects(all(images(4, 4).pipe(selectRows(predicate as never))), {
      code: 'bad-option',
      message: got,
    })
  t.throws(() => selectRows(undefined as never), {
    code: 'bad-option',
    message: /expected a function of a row/,
  })
  await t.rejects(
    all(
      images(4, 4).pipe(
        selectRows(() => {
          throw new Error('mine')
        }),
      ),
    ),
    { message: 'mine' },
  )
})

t.test('selectRows of examples', async (t) => {
  const batch = examplesOf(9)
  const [found] = (await all(
    of(batch).pipe(selectRows(({ status, distortion }) => STATUSES[status] === 'success' && distortion >= 0)),
  )) as [AdversarialBatch]
  const rows = [...batch.index.keys()].filter((row) => STATUSES[batch.status[row]] === 'success')
  const values = batch.original.length / 9
  t.same(
    [...found.index],
    rows.map((row) => batch.index[row]),
  )
  t.same(
    [...found.c],
    rows.map((row) => batch.c[row]),
  )
  t.same(
    [...found.adversarial.subarray(0, values)],
    [...batch.adversarial.subarray(rows[0] * values, (rows[0] + 1) * values)],
  )
  t.same([found.sourceModel, found.goal, found.shape], [batch.sourceModel, batch.goal, batch.shape])
  t.ok(found.original.length === rows.length * values && batch.index.length === 9, 'nothing is changed')
})

t.test('takeRows ends with the n-th row, and leaves the source', async (t) => {
  for (const [n, expected] of [
    [0, []],
    [3, [3]],
    [4, [4]],
    [9, [4, 4, 1]],
    [10, [4, 4, 2]],
    [99, [4, 4, 2]],
  ] as const)
    t.same(sizes(await all(images(10, 4).pipe(takeRows(n)))), expected)
  const some = images(10, 4).pipe(takeRows(6))
  t.same(
    (await all(some)).flatMap(({ index }) => [...index]),
    [0, 1, 2, 3, 4, 5],
  )
  t.same((await all(some)).flatMap(({ pixels }) => [...pixels]).length, 12)

  let [made, left] = [0, false]
  const endless = stream(async function* () {
    try {
      for (;;) {
        made++
        yield (await all(images(4, 4)))[0]
      }
    } finally {
      left = true
    }
  })
  t.same(sizes(await all(endless.pipe(takeRows(6)))), [4, 2])
  await new Promise((resolve) => setImmediate(resolve))
  t.same([made, left], [2, true])
  // one that emits at once, while it is subscribed to
  const [batch] = await all(images(4, 4))
  let emitted = 0
  const atOnce = new Observable<ImageBatch>((subscriber) => {
    for (; !subscriber.closed && emitted < 1000; emitted++) subscriber.next(batch)
  })
  t.same(sizes(await all(atOnce.pipe(takeRows(5)))), [4, 1])
  t.equal(emitted, 2)
  t.same(await all(EMPTY.pipe(takeRows(3))), [])
  const both = images(30, 4).pipe(
    selectRows(({ label }) => label === 0),
    takeRows(5),
  )
  t.same(
    (await all(both)).flatMap(({ index }) => [...index]),
    [0, 3, 6, 9, 12],
  )
  for (const n of [-1, 1.5, NaN])
    t.throws(() => takeRows(n), { code: 'bad-option', message: /takeRows: expected a whole number/ })
  t.same(sizes(await all(from([batch, batch]).pipe(takeRows(8)))), [4, 4], 'an end that is the batch’s')
})
