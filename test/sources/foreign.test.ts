import { execFileSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import {
  Field,
  FixedSizeList,
  Float32,
  List,
  RecordBatch,
  Table,
  tableToIPC,
  Uint8,
  vectorFromArray,
  type DataType,
} from 'apache-arrow'
import { encode } from 'fast-png'
import { lastValueFrom, take, toArray } from 'rxjs'
import t from 'tap'
import { batch, consume, parquetSource, parseSource, ParquetWriter, type ImageBatch } from 'blindspot'
import { python } from '../python.js'
import { whileCounting } from './bytesRead.js'

const folder = t.testdir()
const instance = await DuckDBInstance.create()
const duckdb = await instance.connect()
t.teardown(() => {
  duckdb.closeSync()
  instance.closeSync()
})

const at = (name: string) => join(folder, `${name}.parquet`)
const write = async (name: string, sql: string): Promise<string> => {
  await duckdb.run(`COPY (${sql}) TO '${at(name)}'`)
  return at(name)
}
const all = (text: string, options = {}) => lastValueFrom(parseSource(text).open(options).pipe(toArray()))
const joined = (batches: readonly ImageBatch[]) => ({
  index: batches.flatMap(({ index }) => [...index]),
  label: batches.flatMap(({ label }) => [...label]),
  pixels: batches.flatMap(({ pixels }) => [...pixels]),
  unreadable: batches.flatMap(({ unreadable = [] }) =>
    unreadable.map(({ index, path, reason }) => [index, path, reason]),
  ),
})
const fround = (values: readonly number[]) => [...Float32Array.from(values)]

/** Grey of 2 × 3, by its row. */
const grey = (i: number) => Array.from({ length: 6 }, (_, k) => (i * 7 + k * 11) % 256)
const GREY = '[(i * 7 + k * 11) % 256 for k in range(6)]'

t.test('lists of numbers, of any type and nested in any way', async (t) => {
  const expected = fround([0, 1, 2].flatMap((i) => grey(i).map((value) => value / 255)))
  const cases: readonly (readonly [
    name: string,
    column: string,
    options: string,
    shape: readonly number[],
  ])[] = [
    ['uint8', `${GREY}::UTINYINT[] AS image`, '', [1, 6, 1]],
    ['shaped', `${GREY}::UTINYINT[] AS image`, '@shape=2x3x1', [2, 3, 1]],
    ['int64', `${GREY}::BIGINT[] AS image`, '@shape=2x3x1,scale=255', [2, 3, 1]],
    ['float', `[x / 255 for x in ${GREY}]::FLOAT[] AS image`, '@shape=3x2x1', [3, 2, 1]],
    ['double', `[x / 255 for x in ${GREY}]::DOUBLE[] AS picture`, '', [1, 6, 1]],
    ['array', `[x / 255 for x in ${GREY}]::FLOAT[6] AS pixels`, '', [1, 6, 1]],
    ['rows', `[${GREY}[1:3], ${GREY}[4:6]]::UTINYINT[][] AS img`, '', [2, 3, 1]],
    ['named', `${GREY}::UTINYINT[] AS x, ${GREY}::UTINYINT[] AS y`, '@image=y', [1, 6, 1]],
  ]
  for (const [name, column, options, shape] of cases) {
    const path = await write(name, `SELECT (i % 10)::INTEGER AS label, ${column} FROM range(3) r(i)`)
    const source = parseSource(`parquet${options}:${path}`)
    t.equal(source.describe, `parquet${options}:${path}`)
    const batches = await all(source.describe)
    t.same(batches[0].shape, shape, name)
    t.same(joined(batches), { index: [0, 1, 2], label: [0, 1, 2], pixels: expected, unreadable: [] }, name)
    const { dataset, split, hash } = await source.identity()
    t.same([batches[0].dataset, batches[0].split], [dataset, split])
    t.match(dataset, /^parquet-[0-9a-f]{12}$/)
    t.equal(dataset, `parquet-${hash}`)
    t.equal(await source.count(), 3)
  }
})

t.test('colours: height × width × channels, or channel by channel', async (t) => {
  const value = (c: number, y: number, x: number) => c * 50 + y * 10 + x
  const planes = [0, 1, 2].flatMap((c) => [0, 1].flatMap((y) => [0, 1, 2, 3, 4].map((x) => value(c, y, x))))
  const pixels = [0, 1].flatMap((y) =>
    [0, 1, 2, 3, 4].flatMap((x) => [0, 1, 2].map((c) => value(c, y, x) / 255)),
  )
  const flat = await write('planes', `SELECT [${planes.join()}]::UTINYINT[] AS image`)
  const nested = await write(
    'nestedPlanes',
    `SELECT [[[(c * 50 + y * 10 + x)::UTINYINT for x in range(5)] for y in range(2)] for c in range(3)] AS image`,
  )
  for (const text of [`parquet@planes,shape=2x5x3:${flat}`, `parquet@planes:${nested}`]) {
    const [images] = await all(text)
    t.same([images.shape, [...images.pixels]], [[2, 5, 3], fround(pixels)], text)
  }
  await t.rejects(all(`parquet:${nested}`), {
    code: 'bad-data',
    message: /nestedPlanes.*its lists are 3 × 2 × 5, which may be channels × height × width: say planes/,
  })
  await t.rejects(all(`parquet@planes:${flat}`), { code: 'bad-option', message: /planes: expected a shape/ })
  const [asIs] = await all(`parquet@shape=3x2x5:${nested}`)
  t.same(asIs.shape, [3, 2, 5])
})

t.test('which rows, in which order', async (t) => {
  const root = join(folder, 'hive')
  await duckdb.run(
    `COPY (SELECT i % 3 AS fold, (i % 10)::INTEGER AS label, ${GREY}::UTINYINT[] AS image, 'n' || (i % 2) AS kind
     FROM range(90) r(i)) TO '${root}' (FORMAT parquet, PARTITION_BY fold)`,
  )
  const whole = parseSource(`parquet:${root}`)
  t.equal(await whole.count(), 90)
  const everything = joined(await all(whole.describe))
  t.same(
    everything.index,
    Array.from({ length: 90 }, (_, i) => i),
  )
  const part = parseSource(`parquet@where=fold=1:${root}`)
  t.equal(await part.count(), 30)
  t.same(joined(await all(part.describe)).pixels.length, 180)
  const some = parseSource(`parquet@where=fold=1,where=kind=n0:${root}`)
  t.equal(await some.count(), 15)
  const rows = joined(await all(some.describe))
  t.equal(rows.index.length, 15)
  t.ok(
    rows.index.every((index) => index % 2 === 1),
    'the row among all that are read',
  )
  t.not((await some.identity()).hash, (await part.identity()).hash)
  t.equal(parseSource(some.describe).describe, some.describe)

  for (const source of [whole, some]) {
    const found = joined(await all(source.describe)).index
    const { index } = joined(await all(source.describe, { skip: 7, limit: 5, batchSize: 2 }))
    t.same(index, found.slice(7, 12), 'skip and limit')
    const mixed = joined(await all(source.describe, { shuffle: 1 })).index
    t.same(
      [...mixed].sort((a, b) => a - b),
      found,
    )
    t.not(mixed.join(), found.join())
    t.same(joined(await all(source.describe, { shuffle: 1, skip: 3, limit: 4 })).index, mixed.slice(3, 7))
  }
  t.same(
    (await all(whole.describe, { batchSize: 40 })).map(({ index }) => index.length),
    [40, 40, 10],
  )
  const named = await all(`parquet@dataset=mine,split=val:${root}`)
  t.same([named[0].dataset, named[0].split], ['mine', 'val'])
})

t.test('encoded images', async (t) => {
  const png = (i: number, [height, width, channels] = [4, 5, 1]) =>
    Buffer.from(
      encode({
        ...{ height, width, channels },
        data: Uint8Array.from({ length: height * width * channels }, (_, k) => (i * 31 + k * 3) % 256),
      }),
    )
  const rowsOf = (pictures: readonly (Buffer | null)[]) =>
    pictures.map((one, i) => `(${i % 10}, ${one ? `from_hex('${one.toString('hex')}')` : 'NULL'})`).join()
  const encoded = (name: string, pictures: readonly (Buffer | null)[], column = 'bytes') =>
    write(
      name,
      `SELECT label::INTEGER AS label, ${column} AS image FROM (VALUES ${rowsOf(pictures)}) v(label, bytes)`,
    )
  const expected = (rows: readonly number[], size = 20) =>
    fround(rows.flatMap((i) => Array.from({ length: size }, (_, k) => ((i * 31 + k * 3) % 256) / 255)))

  const good = [0, 1, 2].map((i) => png(i))
  for (const column of ['bytes', "{'bytes': bytes, 'path': 'x.png'}"]) {
    const path = await encoded('good', good, column)
    const [images] = await all(`parquet:${path}`)
    t.same(
      [images.shape, [...images.label]],
      [
        [4, 5, 1],
        [0, 1, 2],
      ],
      'grey has one channel',
    )
    t.same([...images.pixels], expected([0, 1, 2]))
    const [three] = await all(`parquet@shape=4x5x3:${path}`)
    t.same([three.shape, three.pixels[0], three.pixels[4]], [[4, 5, 3], 0, images.pixels[1]])
    const [framed] = await all(`parquet:${path}`, { framing: { size: [4, 4], crop: { policy: 'center' } } })
    t.same(framed.shape, [4, 4, 3], 'as a network takes photographs')
    const [small] = await all(`parquet@shape=2x2x1:${path}`)
    t.same([small.shape, small.pixels.length], [[2, 2, 1], 12])
  }
  const colour = await encoded('colour', [png(1, [2, 2, 3])])
  const [rgb] = await all(`parquet:${colour}`)
  t.same([rgb.shape, [...rgb.pixels]], [[2, 2, 3], expected([1], 12)])

  const cut = png(3).subarray(0, 40)
  const bad = await encoded('bad', [cut, png(1), Buffer.from('hello'), png(2, [6, 5, 1]), null, png(5)])
  const { index, pixels, unreadable } = joined(await all(`parquet:${bad}`))
  t.same([index, pixels], [[1, 5], expected([1, 5])], 'a run goes on past what cannot be decoded')
  t.match(unreadable, [
    [0, 'bad.parquet/0', /cannot be decoded/],
    [2, 'bad.parquet/2', /decoded|other bytes/],
    [3, 'bad.parquet/3', /expected 4 × 5 × 1, as the first image has, got 6 × 5 × 1/],
    [4, 'bad.parquet/4', /its bytes are empty/],
  ])
  const none = joined(await all(`parquet:${await encoded('none', [cut, null])}`))
  t.same([none.index, none.unreadable.length], [[], 2])
})

t.test('a column of bytes that are no images', async (t) => {
  const path = await write('bytes', `SELECT 'none'::BLOB AS image FROM range(3000) r(i)`)
  await t.rejects(all(`parquet:${path}`), {
    code: 'bad-data',
    message: /bytes\.parquet: column image: expected images, got none in 1024 rows from row 0 on/,
  })
})

t.test('rows that are no image, and no label', async (t) => {
  const path = await write(
    'gaps',
    `SELECT CASE i WHEN 1 THEN NULL ELSE i END AS label,
      CASE i WHEN 2 THEN NULL WHEN 3 THEN [1, NULL, 3]::UTINYINT[] WHEN 4 THEN [1]::UTINYINT[] ELSE [1, 2, 3]::UTINYINT[] END AS image
     FROM range(6) r(i)`,
  )
  const { index, unreadable } = joined(await all(`parquet@shape=1x3x1:${path}`))
  t.same(index, [0, 5])
  t.match(unreadable, [
    [1, 'gaps.parquet/1', /it has no class/],
    [2, 'gaps.parquet/2', /it is null/],
    [3, 'gaps.parquet/3', /it has null at 1/],
    [4, 'gaps.parquet/4', /expected 1 × 3 × 1 values, got 1/],
  ])
  await t.rejects(all(`parquet:${path}`), {
    code: 'bad-data',
    message:
      /gaps\.parquet: column image, row 4: expected 3 values, as the rows before have, got 1; with a shape/,
  })
  const odd = await write(
    'odd',
    "SELECT unnest([[0.5, 0.25], ['nan'::DOUBLE, 1], [1, 0]])::FLOAT[] AS pixels",
  )
  const found = joined(await all(`parquet:${odd}`))
  t.same([found.index, found.unreadable.length], [[0, 2], 1])
  t.match(found.unreadable[0][2], /expected values from 0 to 1, got NaN at 0/)
})

t.test('no more is read than the columns of images and labels', async (t) => {
  const path = await write(
    'beside',
    `SELECT i % 10 AS label, ${GREY}::UTINYINT[] AS image,
      array_to_string([md5((i * 61 + x)::VARCHAR) for x in range(60)], '') AS payload FROM range(2000) r(i)`,
  )
  const source = parseSource(`parquet@dataset=mine:${path}`)
  const read = await whileCounting(async (bytes) => {
    await consume(source.open(), () => undefined)
    return bytes()
  })
  t.ok(read < 100_000 && statSync(path).size > 1e6, `${read} of ${statSync(path).size} bytes`)
})

t.test('lists in lists of several sizes', async (t) => {
  const path = await write(
    'sizes',
    `SELECT unnest([[[1, 2, 3], [4, 5, 6]], [[1, 2], [3, 4], [5, 6]]])::UTINYINT[][] AS image`,
  )
  await t.rejects(all(`parquet:${path}`), {
    code: 'bad-data',
    message:
      /sizes\.parquet: column image, row 1: expected lists of 2 × 3, as the rows before have, got 3 × 2/,
  })
  t.same(joined(await all(`parquet@shape=2x3x1:${path}`)).index, [0, 1])
})

t.test('without labels', async (t) => {
  const path = await write('unlabelled', `SELECT ${GREY}::UTINYINT[] AS image FROM range(3) r(i)`)
  const source = parseSource(`parquet:${path}`)
  t.same((await source.identity()).photographs, { labels: 'own' }, 'as of photographs in one folder')
  t.same(await source.classes?.(), ['unlabelled'])
  t.same(joined(await all(source.describe)).label, [0, 0, 0])
})

t.test('what does not fit is said', async (t) => {
  const numbers = await write('numbers', `SELECT 1 AS label, 'x' AS text, [7, 200]::INTEGER[] AS image`)
  const two = await write('two', `SELECT [1]::UTINYINT[] AS a, [2]::UTINYINT[] AS b`)
  const text = await write('text', `SELECT 'cat' AS label, [1]::UTINYINT[] AS image`)
  const empty = await write('empty', `SELECT 1 AS label, [1]::UTINYINT[] AS image WHERE false`)
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      `parquet:${numbers}`,
      'bad-data',
      /numbers\.parquet: column image, row 0: expected values from 0 to 1, got 7 at 0; say what 1 is, as scale=255/,
    ],
    [
      `parquet:${two}`,
      'bad-option',
      /two\.parquet: expected a column of images.*its columns are a list<uint8>, b list<uint8>/,
    ],
    [
      `parquet@image=text:${numbers}`,
      'bad-option',
      /expected the column text of images.*label int32, text utf8, image list<int32>/,
    ],
    [`parquet@image=nowhere:${numbers}`, 'bad-option', /expected the column nowhere of images/],
    [
      `parquet@label=nowhere:${numbers}`,
      'bad-option',
      /expected the column nowhere of labels; its columns are label int32/,
    ],
    [`parquet@label=label:${text}`, 'bad-data', /text\.parquet: column label: expected numbers, got Utf8/],
    [`parquet@where=nowhere=3:${numbers}`, 'bad-option', /numbers\.parquet has no column nowhere/],
    [
      `parquet@where=image=3:${numbers}`,
      'bad-option',
      /where: image: expected a column of texts, numbers or flags/,
    ],
  ]
  for (const [source, code, message] of cases) await t.rejects(all(source), { code, message }, source)
  t.same(joined(await all(`parquet:${empty}`)).index, [], 'no rows are no images')
  t.equal(await parseSource(`parquet:${empty}`).count(), 0)
  await t.rejects(parseSource(`parquet:${empty}`).identity(), {
    code: 'bad-data',
    message: /empty\.parquet: expected images, got no rows of any$/,
  })
  await t.rejects(parseSource(`parquet@where=label=7:${numbers}`).identity(), {
    message: /got no rows of any that meet the conditions on label/,
  })
  await t.rejects(parseSource(`parquet@where=fold=7:${join(folder, 'hive')}`).identity(), {
    code: 'bad-option',
    message:
      /hive: expected files in folders that meet the conditions on fold, got none of 3, such as .*fold=0/,
  })
  const chosen = parquetSource(two, { image: 'b', where: { b: { equals: 1 } } })
  await t.rejects(lastValueFrom(chosen.open()), {
    code: 'bad-option',
    message: /where: b: expected a column of/,
  })
  t.equal(parseSource(chosen.describe).describe, chosen.describe)
  for (const [text, message] of [
    ['parquet@shape=28x28:x', /expected shape=HEIGHTxWIDTHxCHANNELS/],
    ['parquet@scale=0:x', /expected scale=255/],
    ['parquet@scale=255,scale=1:x', /expected scale once/],
    ['parquet@where=3:x', /expected where=COLUMN=VALUE/],
    ['parquet@planes=1:x', /expected planes/],
    ['parquet@adversarial,image=x:x', /image: is of other files than a data set's/],
  ] as const)
    t.throws(() => parseSource(text), { code: 'bad-option', message }, text)
})

t.test('Arrow files', async (t) => {
  const lists = [0, 1, 2].map(grey)
  const child = (type: DataType) => new Field('item', type)
  for (const [name, type] of [
    ['list', new List(child(new Uint8()))],
    ['fixed', new FixedSizeList(6, child(new Uint8()))],
    ['floats', new FixedSizeList(6, child(new Float32()))],
  ] as const) {
    const values = name === 'floats' ? lists.map((list) => list.map((value) => value / 255)) : lists
    const table = new Table({
      beside: vectorFromArray([1, 2, 3]),
      label: vectorFromArray(Int32Array.of(4, 5, 6)),
      image: vectorFromArray(values, type),
    })
    const path = join(folder, `${name}.arrows`)
    writeFileSync(path, tableToIPC(table, 'stream'))
    const found = joined(await all(`arrow@shape=2x3x1:${path}`))
    t.same(found.pixels, fround(lists.flat().map((value) => value / 255)), name)
    t.same(joined(await all(`arrow@where=label=5:${path}`)).index, [1])
    t.equal(await parseSource(`arrow:${path}`).count(), undefined)
  }
  // the row among all that are read, whatever is left out of the files before
  const both = `arrow@shape=2x3x1,where=label=6:${folder}/{list,fixed}.arrows`
  t.same(joined(await all(both)).index, [2, 5])
})

t.test('many row groups, one in memory at a time, held up by who is slow', async (t) => {
  const path = at('large')
  const writer = new ParquetWriter(path, { rowGroupSize: 100 })
  const [GROUPS, size] = [200, 3000]
  const type = new List(new Field('element', new Uint8()))
  const one = new Table({
    image: vectorFromArray(
      Array.from({ length: 100 }, (_, i) =>
        Uint8Array.from({ length: size }, (_, k) => Math.imul(k + i * size, 2654435761) >>> 23),
      ),
      type,
    ),
  })
  const [rows] = one.batches as RecordBatch[]
  for (let i = 0; i < GROUPS; i++) await writer.write(rows)
  await writer.close()
  const images = parseSource(`parquet:${path}`).open({ batchSize: 100 }).pipe(batch(100))
  const total = await whileCounting(async (bytes) => {
    await consume(images, () => undefined)
    return bytes()
  })
  let seen = 0
  const stalled = await whileCounting(async (bytes) => {
    await consume(images.pipe(take(1)), () => new Promise((resolve) => setTimeout(resolve, 200)))
    return bytes()
  })
  // beside the hash of all of it
  const hash = statSync(path).size
  t.ok(total - hash > 3e6, `${total - hash} bytes`)
  t.ok(
    stalled - hash < (5 / GROUPS) * (total - hash) + 200_000,
    `${stalled - hash} of ${total - hash} bytes were read for who has taken one batch`,
  )
  global.gc?.()
  const before = process.memoryUsage()
  let most = 0
  await consume(images, async (some) => {
    seen += some.index.length
    await new Promise((resolve) => setTimeout(resolve, 2))
    const { arrayBuffers, external } = process.memoryUsage()
    most = Math.max(most, arrayBuffers - before.arrayBuffers, external - before.external)
  })
  t.equal(seen, 100 * GROUPS)
  // as they flow they are four bytes a value: 240 MB
  t.ok(most < 120e6, `${Math.round(most / 1e6)} MB`)
})

const withPolars = python(['polars'])
t.test('as polars writes them', { skip: 'skip' in withPolars && withPolars.skip }, async (t) => {
  if (!('path' in withPolars)) return
  const script = join(folder, 'writePolars.py')
  const encoded = Buffer.from(encode({ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) }))
  writeFileSync(
    script,
    `import sys, polars as pl
folder = sys.argv[1]
for name, type in [('lists', pl.List(pl.UInt8)), ('arrays', pl.Array(pl.UInt8, 2))]:
  table = pl.DataFrame({'image': pl.Series([[0, 255], [255, 51]], dtype=type), 'label': [1, 2]})
  table.write_ipc_stream(folder + '/' + name + '.arrows')
  table.write_parquet(folder + '/' + name + 'OfPolars.parquet')
pl.DataFrame({'image': [bytes.fromhex('${encoded.toString('hex')}')], 'label': [3]}).write_ipc_stream(folder + '/png.arrows')
`,
  )
  execFileSync(withPolars.path, [script, folder])
  for (const text of [
    'arrow:lists.arrows',
    'arrow:arrays.arrows',
    'parquet:listsOfPolars.parquet',
    'parquet:arraysOfPolars.parquet',
  ])
    t.same(
      joined(await all(text.replace(':', `:${folder}/`))),
      { index: [0, 1], label: [1, 2], pixels: fround([0, 1, 1, 0.2]), unreadable: [] },
      text,
    )
  t.same(joined(await all(`arrow:${folder}/png.arrows`)).pixels, [0, 1])
})

const found = python(['pyarrow', 'pyarrow.parquet'])
t.test('as Hugging Face and pyarrow write them', { skip: 'skip' in found && found.skip }, async (t) => {
  if (!('path' in found)) return
  const script = join(folder, 'write.py')
  writeFileSync(
    script,
    `import json, sys, pyarrow as pa, pyarrow.parquet as pq
folder = sys.argv[1]
names = ['cat', 'dog']
features = {'image': {'_type': 'Array3D'}, 'label': {'_type': 'ClassLabel', 'names': names}}
image = pa.array([[[[i, 1], [2, 3]], [[4, 5], [6, 7]]] for i in range(4)], pa.list_(pa.list_(pa.list_(pa.uint8()))))
table = pa.table({'image': image, 'label': pa.array([0, 1, 0, 2], pa.int64())})
table = table.replace_schema_metadata({'huggingface': json.dumps({'info': {'features': features}})})
pq.write_table(table, folder + '/hf.parquet')
fixed = pa.FixedSizeListArray.from_arrays(pa.array([0.5, 0.25, 1, 0], pa.float16()), 2)
pq.write_table(pa.table({'pixels': fixed, 'label': pa.array([3, 4], pa.uint8())}), folder + '/half.parquet')
with pa.OSFile(folder + '/large.arrows', 'wb') as f, pa.ipc.new_stream(f, table.schema) as w: w.write_table(table)
`,
  )
  execFileSync(found.path, [script, folder])
  for (const text of [`parquet:${at('hf')}`, `arrow:${join(folder, 'large.arrows')}`]) {
    const source = parseSource(text)
    t.same(await source.classes?.(), ['cat', 'dog'])
    const [images] = await all(text)
    t.same(
      [images.shape, [...images.label]],
      [
        [2, 2, 2],
        [0, 1, 0],
      ],
    )
    t.match(images.unreadable, [{ index: 3, reason: /its class is 2: expected one from 0 to 1/ }])
    t.same([...images.pixels.subarray(8, 16)], fround([1, 1, 2, 3, 4, 5, 6, 7].map((value) => value / 255)))
  }
  t.same(joined(await all(`parquet:${at('half')}`)), {
    ...{ index: [0, 1], label: [3, 4], pixels: [0.5, 0.25, 1, 0], unreadable: [] },
  })
})
