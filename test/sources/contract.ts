import { firstValueFrom, lastValueFrom, take, toArray, type Observable } from 'rxjs'
import type { Test } from 'tap'
import type { ImageBatch } from '../../operators/records/image.js'
import type { Source } from '../../sources/source.js'

export const allOf = (images: Observable<ImageBatch>): Promise<ImageBatch[]> =>
  lastValueFrom(images.pipe(toArray()), { defaultValue: [] })

/** All batches of a stream as one, and the sizes that they had. */
export async function joined(images: Observable<ImageBatch>) {
  const batches = await allOf(images)
  return {
    sizes: batches.map(({ index }) => index.length),
    shape: batches[0]?.shape,
    index: batches.flatMap(({ index }) => [...index]),
    label: batches.flatMap(({ label }) => [...label]),
    pixels: batches.flatMap(({ pixels }) => [...pixels]),
    unreadable: batches.flatMap(({ unreadable = [] }) => unreadable),
  }
}

/** What must hold of every source, of so many images, more than 6. */
export async function contract(t: Test, source: Source, n: number): Promise<void> {
  const whole = await joined(source.open({ batchSize: 4 }))
  t.same(whole.index, [...Array(n).keys()], 'positions')
  t.equal(await source.count(), n)
  t.same(whole.sizes, [...Array<number>(Math.floor(n / 4)).fill(4), ...(n % 4 > 0 ? [n % 4] : [])])
  t.ok(
    whole.pixels.every((value) => value >= 0 && value <= 1),
    'in the box',
  )
  const stream = source.open({ batchSize: 4 })
  t.same(await joined(stream), whole, 'once')
  t.same(await joined(stream), whole, 'and again')
  const part = await joined(source.open({ skip: 2, limit: 3, batchSize: 2 }))
  t.same(
    [part.index, part.sizes],
    [
      [2, 3, 4],
      [2, 1],
    ],
  )
  const values = whole.pixels.length / n
  t.same(part.pixels, whole.pixels.slice(2 * values, 5 * values))
  const order = await joined(source.open({ shuffle: 7 }))
  t.same(
    [...order.index].sort((a, b) => a - b),
    whole.index,
    'each once',
  )
  t.not(order.index.join(), whole.index.join())
  t.same(
    order.label,
    order.index.map((index) => whole.label[index]),
  )
  t.same(
    order.pixels.slice(0, values),
    whole.pixels.slice(order.index[0] * values, (order.index[0] + 1) * values),
  )
  const some = await joined(source.open({ shuffle: { seed: 7 }, skip: 1, limit: 4, batchSize: 3 }))
  t.same(some.index, order.index.slice(1, 5), 'the same order')
  t.equal((await firstValueFrom(source.open({ batchSize: 2 }).pipe(take(1)))).index.length, 2)
  const { dataset, split } = await source.identity()
  const [first] = await allOf(source.open({ limit: 1 }))
  t.same([first.dataset, first.split], [dataset, split])
  t.throws(() => source.open({ skip: -1 }), { code: 'bad-option', message: /skip/ })
  t.throws(() => source.open({ batchSize: 0 }), { code: 'bad-option', message: /batchSize/ })
}
