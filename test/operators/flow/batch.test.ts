import t from 'tap'
import { from, lastValueFrom, toArray } from 'rxjs'
import { batch } from '../../../operators/flow/batch.js'
import { progress, type Progress, type ProgressOptions } from '../../../operators/flow/progress.js'
import { stream } from '../../../operators/flow/stream.js'
import { randomFor } from '../../../operators/random.js'
import type { ImageBatch } from '../../../operators/records/image.js'

/** Rows whose every value says which row they are. */
function rows(first: number, count: number, dataset = 'a', split = 'train', width = 2): ImageBatch {
  const index = Int32Array.from({ length: count }, (_, i) => first + i)
  const pixels = Float32Array.from({ length: count * width }, (_, i) => first + Math.floor(i / width))
  return { dataset, split, shape: [1, width, 1], index, label: index.map((i) => i % 10), pixels }
}

const regroup = (size: number, batches: readonly ImageBatch[]) =>
  lastValueFrom(from(batches).pipe(batch(size), toArray()))

t.test('batch: the same rows in the same order, in groups of exactly so many', async (t) => {
  const random = randomFor(1, 'test')
  for (const size of [1, 3, 7, 64, 1000]) {
    const batches: ImageBatch[] = []
    let n = 0
    for (let i = 0; i < 40; i++) {
      const count = random.integer(20)
      batches.push(rows(n, count))
      n += count
    }
    const groups = await regroup(size, batches)
    const whole = Math.floor(n / size)
    t.same(
      groups.map(({ index }) => index.length),
      [...new Array<number>(whole).fill(size), ...(n % size ? [n % size] : [])],
    )
    const one = groups.flatMap(({ index }) => [...index])
    t.same(one, [...rows(0, n).index])
    t.same(
      groups.flatMap(({ label }) => [...label]),
      [...rows(0, n).label],
    )
    t.same(
      groups.flatMap(({ pixels }) => [...pixels]),
      [...rows(0, n).pixels],
    )
  }
})

t.test('batch: flushes where data set, split or shape change, copies only to join', async (t) => {
  const parts = [
    rows(0, 3),
    rows(3, 2, 'b'),
    rows(5, 2, 'b', 'test'),
    rows(7, 2, 'b', 'test', 3),
    rows(9, 2, 'b', 'test', 3),
  ]
  const groups = await regroup(4, parts)
  t.same(
    groups.map(({ dataset, split, shape, index }) => [dataset, split, shape[1], index.length]),
    [
      ['a', 'train', 2, 3],
      ['b', 'train', 2, 2],
      ['b', 'test', 2, 2],
      ['b', 'test', 3, 4],
    ],
  )
  t.equal(groups[0], parts[0], 'a batch that fits is passed on itself')
  const large = rows(0, 10)
  for (const part of await regroup(4, [large]))
    t.equal(part.pixels.buffer, large.pixels.buffer, 'a part is a view')
  t.same(await regroup(4, []), [])
  t.throws(() => batch(0), { code: 'bad-option' })
})

t.test('batch: what could not be read is noted once, with the images around it', async (t) => {
  const without = (images: ImageBatch, ...lost: number[]): ImageBatch => ({
    ...images,
    unreadable: lost.map((index) => ({ dataset: 'a', split: 'train', index, path: '', reason: 'cut off' })),
  })
  const noted = async (size: number, batches: readonly ImageBatch[]) =>
    (await regroup(size, batches)).map(({ index, pixels, unreadable = [] }) => [
      [...index],
      [...pixels].filter((_, i) => i % 2 === 0),
      unreadable.map((one) => one.index),
    ])
  const lost = [
    without(rows(0, 0), 0, 1),
    without(rows(2, 5), 7),
    without(rows(8, 0), 8),
    rows(9, 0),
    rows(9, 1),
    without(rows(10, 0), 10),
  ]
  t.same(await noted(2, lost), [
    [
      [2, 3],
      [2, 3],
      [0, 1, 7],
    ],
    [[4, 5], [4, 5], []],
    [[6, 9], [6, 9], [8]],
    [[], [], [10]],
  ])
  t.same(await noted(10, lost), [
    [
      [2, 3, 4, 5, 6, 9],
      [2, 3, 4, 5, 6, 9],
      [0, 1, 7, 8, 10],
    ],
  ])
  t.same(await noted(3, [without(rows(0, 0), 0), rows(1, 3, 'b')]), [
    [[], [], [0]],
    [[1, 2, 3], [1, 2, 3], []],
  ])
  const alone = rows(1, 3)
  const [group] = await regroup(3, [without(rows(0, 0), 0), alone])
  t.equal(group.pixels, alone.pixels, 'what needs no joining is not copied')
})

t.test('progress: counts, rate, time left, how it ended; afresh per subscription', async (t) => {
  const reports: Progress[] = []
  const options: ProgressOptions<number> = {
    label: 'work',
    unit: 'images',
    total: 100,
    count: (value) => value,
    every: 0,
    onProgress: (report) => reports.push(report),
  }
  const source = from([10, 20, 70]).pipe(progress(options))
  for (let subscription = 0; subscription < 2; subscription++) {
    reports.length = 0
    t.same(await lastValueFrom(source.pipe(toArray())), [10, 20, 70], 'everything passes')
    t.same(
      reports.map(({ state, done }) => [state, done]),
      [
        ['running', 0],
        ['running', 10],
        ['running', 30],
        ['running', 100],
        ['complete', 100],
      ],
    )
    for (const { done, total, seconds, rate, secondsLeft } of reports.slice(1)) {
      t.ok(seconds > 0 && Math.abs(rate * seconds - done) < 1e-6)
      t.ok(Math.abs((secondsLeft ?? NaN) * rate + done - (total ?? NaN)) < 1e-6)
    }
  }

  reports.length = 0
  await lastValueFrom(from([1, 2, 3]).pipe(progress({ ...options, every: 60_000, total: undefined })))
  t.same(
    reports.map(({ state, secondsLeft }) => [state, secondsLeft]),
    [
      ['running', undefined],
      ['complete', undefined],
    ],
    'no more often than asked',
  )

  const broken = stream(function* () {
    yield 1
    throw new Error('on purpose')
  })
  await t.rejects(lastValueFrom(broken.pipe(progress(options))), /on purpose/)
  t.match(reports.at(-1), { state: 'failed', done: 1 })
  stream<number>(() => [])
    .pipe(progress(options))
    .subscribe()
    .unsubscribe()
  t.match(reports.at(-1), { state: 'cancelled', done: 0 })
})

t.test('progress: what was done before counts, but not in the rate', async (t) => {
  const reports: Progress[] = []
  const source = from([10, 20]).pipe(
    progress({
      label: 'x',
      total: 100,
      before: 60,
      count: (n) => n,
      every: 0,
      onProgress: (one) => reports.push(one),
    }),
  )
  await lastValueFrom(source)
  t.same(
    reports.map(({ done, total }) => [done, total]),
    [60, 70, 90, 90].map((done) => [done, 100]),
  )
  t.match(reports[0], { rate: 0, secondsLeft: undefined })
  for (const { done, rate, seconds, secondsLeft = NaN } of reports.slice(1)) {
    t.ok(Math.abs(rate * seconds - (done - 60)) < 1e-6)
    t.ok(Math.abs(secondsLeft * rate - (100 - done)) < 1e-6)
  }
})
