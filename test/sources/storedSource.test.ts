import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { firstValueFrom, lastValueFrom, take, toArray, type Observable } from 'rxjs'
import t from 'tap'
import { ArrowWriter, ParquetWriter } from 'blindspot'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { TABLES } from '../../operators/records/tables.js'
import { parseSource } from '../../sources/source.js'
import { examplesOf } from '../sinks/records.js'

const root = t.testdir()
const all = (images: Observable<ImageBatch>) => lastValueFrom(images.pipe(toArray()))
const rowsIn = async (images: Observable<ImageBatch>): Promise<number[]> =>
  (await all(images)).flatMap(({ index }) => [...index])

/** Images of one file, from an index on; their pixels are told by their index. */
const imagesOf = (n: number, start: number, split = 'val'): ImageBatch => ({
  ...{ dataset: 'mine', split, shape: [2, 1, 3] },
  index: Int32Array.from({ length: n }, (_, i) => start + i),
  label: Int32Array.from({ length: n }, (_, i) => (start + i) % 4),
  pixels: Float32Array.from({ length: n * 6 }, (_, at) => ((start * 6 + at) % 251) / 255),
})

async function write(format: 'parquet' | 'arrow', name: string, ...batches: readonly ImageBatch[]) {
  const path = join(root, `${name}.${format === 'arrow' ? 'arrows' : format}`)
  const writer = format === 'arrow' ? new ArrowWriter(path) : new ParquetWriter(path)
  for (const batch of batches) await writer.write(TABLES.images.toArrow(batch))
  await writer.close()
  return `${format}:${path}`
}

async function writeExamples(name: string, batch: AdversarialBatch): Promise<string> {
  const path = join(root, `${name}.parquet`)
  const writer = new ParquetWriter(path)
  await writer.write(TABLES.examples.toArrow(batch))
  await writer.close()
  return path
}

for (const format of ['parquet', 'arrow'] as const)
  t.test(`images of ${format} files`, async (t) => {
    const text = await write(format, 'images', imagesOf(300, 0), imagesOf(0, 300), imagesOf(300, 300))
    const source = parseSource(text)
    t.equal(source.describe, text)
    t.equal(await source.count(), format === 'arrow' ? undefined : 600)
    const { hash, ...named } = await source.identity()
    t.same(named, { dataset: 'mine', split: 'val' })
    t.match(hash, /^[0-9a-f]{12}$/)
    const batches = await all(source.open())
    t.same(
      batches.map(({ index }) => index.length),
      [256, 256, 88],
    )
    const expected = imagesOf(600, 0)
    t.same(
      batches.flatMap(({ pixels }) => [...pixels]),
      [...expected.pixels],
      'bit for bit',
    )
    t.same(
      [batches[2].shape, batches[2].dataset, batches[2].split, batches[2].label[0]],
      [[2, 1, 3], 'mine', 'val', 0],
    )
    const part = await all(source.open({ skip: 290, limit: 20, batchSize: 7 }))
    t.same(
      part.map(({ index }) => [...index]),
      [0, 7, 14].map((from) => Array.from({ length: Math.min(7, 20 - from) }, (_, i) => 290 + from + i)),
    )
    t.equal((await firstValueFrom(source.open().pipe(take(1)))).index.length, 256)

    const once = await rowsIn(source.open({ shuffle: 1 }))
    t.same(
      [...once].sort((a, b) => a - b),
      [...expected.index],
      'each image once',
    )
    t.not(once.join(), [...expected.index].join())
    t.same(await rowsIn(source.open({ shuffle: 1, batchSize: 9 })), once)
    t.same(await rowsIn(source.open({ shuffle: { seed: 1 }, skip: 100, limit: 50 })), once.slice(100, 150))
    t.not((await rowsIn(source.open({ shuffle: 2 }))).join(), once.join())

    // what it is goes by its content alone
    const path = text.slice(format.length + 1)
    const moved = join(root, `moved.${format === 'arrow' ? 'arrows' : format}`)
    cpSync(path, moved)
    t.same(await parseSource(`${format}:${moved}`).identity(), await source.identity())
    const other = await write(format, 'others', imagesOf(600, 1))
    t.not((await parseSource(other).identity()).hash, hash)

    const mixed = await write(format, 'mixed', imagesOf(3, 0), imagesOf(3, 0, 'train'))
    await t.rejects(all(parseSource(mixed).open()), {
      code: 'bad-data',
      message: /mixed\.\w+: expected images of one data set and split, got mine val and mine train/,
    })
    rmSync(moved)
    await t.rejects(parseSource(`${format}:${moved}`).identity(), { code: 'bad-option', message: /moved/ })
    t.throws(() => source.open({ skip: -1 }), { code: 'bad-option', message: /skip/ })
    t.throws(() => source.open({ batchSize: 0 }), { code: 'bad-option' })
  })

t.test('of examples the clean or the adversarial images', async (t) => {
  const batch = examplesOf(30)
  const path = await writeExamples('examples', batch)
  const clean = parseSource(`parquet:${path}`)
  const adversarial = parseSource(`parquet@adversarial:${path}`)
  t.same([clean.describe, adversarial.describe], [`parquet:${path}`, `parquet@adversarial:${path}`])
  t.equal(parseSource(`parquet@original:${path}`).describe, clean.describe)
  t.same([await clean.count(), await adversarial.count()], [30, 20])
  const [originals] = await all(clean.open())
  t.same(new Uint8Array(originals.pixels.slice().buffer), new Uint8Array(batch.original.buffer))
  const [made] = await all(adversarial.open())
  const successes = [...batch.index.keys()].filter((row) => row % 3 !== 2)
  t.same([...made.index], successes)
  t.same([made.dataset, made.split, made.shape], ['mnist, adversarial', 'test', batch.shape])
  t.same([...made.pixels.subarray(7, 12)], [...batch.adversarial.subarray(7, 12)])
  t.not((await clean.identity()).hash, (await adversarial.identity()).hash)

  // several targets of an image
  const several = await writeExamples('several', { ...batch, index: batch.index.map((i) => i >> 1) })
  t.equal(await parseSource(`parquet:${several}`).count(), 15)
  await t.rejects(all(parseSource(`parquet@adversarial:${several}`).open()), {
    code: 'bad-data',
    message: /expected one adversarial example of an image, got several/,
  })
})

t.test('what is no source of images', async (t) => {
  const images = await write('parquet', 'only', imagesOf(3, 0))
  await t.rejects(all(parseSource(images.replace('parquet:', 'parquet@adversarial:')).open()), {
    code: 'bad-data',
    message: /only\.parquet: expected the table examples/,
  })
  const empty = await write('parquet', 'empty', imagesOf(0, 0))
  await t.rejects(parseSource(empty).identity(), {
    code: 'bad-data',
    message: /expected images, got no rows/,
  })
  const path = join(root, 'errors.parquet')
  const writer = new ParquetWriter(path)
  await writer.write(
    TABLES.errors.toArrow([{ dataset: 'mine', split: 'val', index: 1, path: 'x', reason: 'cut off' }]),
  )
  await writer.close()
  await t.rejects(parseSource(`parquet:${path}`).identity(), {
    code: 'bad-option',
    message:
      /errors\.parquet: expected a column of images, .*name it, as image=COLUMN; its columns are run utf8, .*index int32/,
  })
  t.throws(() => parseSource('parquet@pixels:x'), {
    code: 'bad-option',
    message:
      /"parquet@pixels:x": "pixels": expected an option: adversarial, original, where=COLUMN=VALUE, image=/,
  })
  for (const text of ['parquet', 'parquet:', 'arrow', 'arrow@adversarial:'])
    t.throws(() => parseSource(text), {
      code: 'bad-option',
      message: /expected one of mnist:train, .*parquet:PATH/,
    })
})
