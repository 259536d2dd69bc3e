import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { encode } from 'fast-png'
import { lastValueFrom, toArray } from 'rxjs'
import t from 'tap'
import { mnistSource, openLake, parseSource, readRecords, readScores } from 'blindspot'
import { blindspot } from '../commandLine.js'
import { writeImages } from '../smallImages.js'

const COUNT = 60
const folder = t.testdir()
const place = (name: string) => join(folder, name)
const data = writeImages(place('images'), 1, COUNT)
const train = ['--iterations', '30', '--limit', '50', '--backend', 'wasm', '--json', '--out']
const instance = await DuckDBInstance.create()
const duckdb = await instance.connect()
t.teardown(() => {
  duckdb.closeSync()
  instance.closeSync()
})

interface Evaluated {
  readonly images: number
  readonly errors: number
  readonly unreadable: number
}
const evaluated = async (model: string, source: string): Promise<Evaluated> => {
  const { out, err } = await blindspot('evaluate', model, '--data', source, '--backend', 'wasm', '--json')
  t.ok(out, err)
  return JSON.parse(out) as Evaluated
}

t.test('examples made once are scored later by networks that did not exist then', async (t) => {
  const made = place('made')
  t.match(await blindspot('train', 'FC3(1e-2)', '--data', `mnist@${data}:train`, ...train, place('first')), {
    code: 0,
  })
  const attack = [
    'attack',
    place('first'),
    '--data',
    `mnist@${data}:test`,
    '--workers',
    '0',
    '--backend',
    'wasm',
  ]
  t.match(await blindspot(...attack, '--out', made), { code: 0 })
  const [{ path, sha256 }] = await (await openLake(made)).files({ table: 'examples' })
  const scoresOf = async (model: string, out: string) => {
    const scored = await blindspot('score', made, '--models', model, '--backend', 'wasm', '--out', out)
    t.equal(scored.code, 0, scored.err)
    let [rows, errors] = [0, 0]
    for await (const { model: victim, error } of readScores(join(out, 'scores'), {
      where: { model: { equals: 'later' } },
    })) {
      t.equal(victim, 'later')
      rows += error.length
      errors += error.reduce((sum, one) => sum + one, 0)
    }
    return { rows, errors }
  }

  // days later
  const later = ['train', 'FC5-3', '--name', 'later', '--seed', '7', '--data', `mnist@${data}:train`]
  t.match(await blindspot(...later, '--epochs', '20', ...train.slice(2), place('later')), { code: 0 })
  const here = await scoresOf(place('later'), made)
  const elsewhere = await scoresOf(place('later'), place('elsewhere'))
  t.same(here, elsewhere, 'into the same data set, or another')
  t.ok(here.rows > COUNT / 2, `${here.rows} rows`)
  t.equal(
    (await (await openLake(made)).files({ table: 'examples' }))[0].sha256,
    sha256,
    'the examples are as they were',
  )

  const examples = join(made, 'examples')
  t.match(await evaluated(place('later'), `parquet@adversarial:${examples}`), {
    images: here.rows,
    errors: here.errors,
  })
  t.match(
    await evaluated(place('later'), `parquet@adversarial,where=source=FC3%281e-2%29:${made}/examples`),
    {
      images: here.rows,
    },
  )
  t.match(await evaluated(place('first'), `parquet@adversarial:${path}`), {
    images: here.rows,
    errors: here.rows,
  })
  t.match(await evaluated(place('first'), `parquet:${examples}`), { images: COUNT })
  t.match(await evaluated(place('first'), `parquet@where=label=1:${examples}`), { images: COUNT / 3 })
  const none = await blindspot(
    'evaluate',
    place('first'),
    '--data',
    `parquet@where=source=nobody:${examples}`,
  )
  t.match(none, {
    code: 2,
    err: /expected files in folders that meet the conditions on source, got none of 1/,
  })
})

t.test('the same images as somebody else writes them give the same numbers', async (t) => {
  const model = place('first')
  const expected = await evaluated(model, `mnist@${data}:test`)
  const batches = await lastValueFrom(mnistSource('test', { dir: data }).open().pipe(toArray()))
  const rows = batches.flatMap(({ label, pixels }) =>
    Array.from(label, (own, row) => ({
      label: own,
      pixels: Array.from(pixels.subarray(36 * row, 36 * (row + 1)), (value) => Math.round(value * 255)),
    })),
  )
  const write = async (name: string, column: (pixels: number[], row: number) => string) => {
    const values = rows.map(({ label, pixels }, row) => `(${label}, ${column(pixels, row)})`).join()
    await duckdb.run(
      `COPY (SELECT label::BIGINT AS label, image FROM (VALUES ${values}) v(label, image)) TO '${place(name)}.parquet'`,
    )
    return `${place(name)}.parquet`
  }
  const png = (pixels: number[]) =>
    Buffer.from(encode({ width: 6, height: 6, channels: 1, data: Uint8Array.from(pixels) })).toString('hex')
  const bytes = await write('bytes', (pixels) => `[${pixels.join()}]::UTINYINT[]`)
  const encoded = await write('encoded', (pixels) => `{'bytes': from_hex('${png(pixels)}'), 'path': 'x'}`)
  t.match(await evaluated(model, `parquet:${bytes}`), expected)
  t.match(await evaluated(model, `parquet@shape=6x6x1:${bytes}`), expected)
  t.match(await evaluated(model, `parquet:${encoded}`), expected)
  const as = await lastValueFrom(parseSource(`parquet:${encoded}`).open().pipe(toArray()))
  t.same([...as[0].pixels], [...batches[0].pixels], 'bit for bit')

  // a network is trained on them, attacked on them, and goes on where it was
  const own = place('own')
  const trained = await blindspot('train', 'FC3(1e-2)', '--data', `parquet:${bytes}`, ...train, own)
  t.match(
    JSON.parse(trained.out),
    { images: 50, test_images: 0, test_error: null },
    'not on what it was trained on',
  )
  const attack = (limit: number) =>
    blindspot(
      'attack',
      own,
      '--data',
      `parquet@shape=6x6x1:${encoded}`,
      '--workers',
      '0',
      '--backend',
      'wasm',
      '--limit',
      String(limit),
      '--out',
      place('attacked'),
    )
  await attack(7)
  t.match(await attack(20), { code: 0 })
  const index: number[] = []
  for await (const batch of readRecords('examples', place('attacked/examples'))) index.push(...batch.index)
  t.same(
    index,
    Array.from({ length: 20 }, (_, i) => i),
  )

  // a bad image is left out, and told in the table errors
  const broken = await write('broken', (pixels, row) =>
    row === 4 ? "from_hex('00ff')" : row === 9 ? 'NULL' : `from_hex('${png(pixels)}')`,
  )
  t.match(await evaluated(model, `parquet:${broken}`), { images: COUNT - 2, unreadable: 2 })
  const out = place('brokenRows')
  const called = await blindspot(
    'evaluate',
    model,
    '--data',
    `parquet:${broken}`,
    '--backend',
    'wasm',
    '--out',
    out,
  )
  t.match(called, { code: 0, err: /2 images could not be read and were left out; the table errors of/ })
  const errors: string[] = []
  for await (const some of readRecords('errors', join(out, 'errors')))
    errors.push(...some.map((row) => `${row.index} ${row.path}: ${row.reason}`))
  t.match(errors, [
    /^4 broken\.parquet\/4: .*other bytes|decoded/,
    /^9 broken\.parquet\/9: its bytes are empty/,
  ])
  const piped = await blindspot(
    'evaluate',
    model,
    '--data',
    `parquet@label=image:${bytes}`,
    '--backend',
    'wasm',
  )
  t.match(piped, { code: 1, err: /bytes\.parquet: column image: expected numbers, got List/ })

  await duckdb.run(`COPY (SELECT image FROM '${bytes}') TO '${place('unlabelled')}.parquet'`)
  const unlabelled = `parquet:${place('unlabelled')}.parquet`
  t.match(await blindspot('evaluate', model, '--data', unlabelled, '--backend', 'wasm'), {
    code: 2,
    err: /has no classes, none of the \d+ of FC3/,
  })
  const guessed = [
    'attack',
    model,
    '--data',
    unlabelled,
    '--workers',
    '0',
    '--backend',
    'wasm',
    '--limit',
    '5',
  ]
  t.match(await blindspot(...guessed, '--out', place('guessed')), { code: 0 })
  await duckdb.run(
    `COPY (SELECT label + 700 AS label, image FROM '${bytes}') TO '${place('beyond')}.parquet'`,
  )
  t.match(
    await blindspot('evaluate', model, '--data', `parquet:${place('beyond')}.parquet`, '--backend', 'wasm'),
    {
      code: 2,
      err: /parquet-\w+ all 0 \(beyond\.parquet\/0\): expected a label from 0 to 2.*got 700/,
    },
  )
})
