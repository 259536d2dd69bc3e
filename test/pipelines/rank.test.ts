import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Field, Float64, List, makeData, RecordBatch, Schema, Struct, Table, tableToIPC } from 'apache-arrow'
import { decode } from 'fast-png'
import t from 'tap'
import { loadClassifier } from '../../operators/tensor/loadClassifier.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { untrainedClassifier } from '../../operators/tensor/training/untrained.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { ArrowWriter } from '../../sinks/arrow.js'
import { ParquetWriter } from '../../sinks/parquet.js'
import { readDirections } from '../../sources/directions.js'
import { SUPERCLASS_OF, SUPERCLASSES } from '../../sources/imagenet/classes.js'
import { readRecords } from '../../sources/records.js'
import { basisCoherence, basisDifferences, controlDifferences } from '../../pipelines/tables/compareBases.js'
import { type CoherenceRow } from '../../pipelines/tables/comparedBases.js'
import { shownDirections } from '../../operators/ranking/shownDirections.js'
import { unitsVerdict } from '../../pipelines/tables/unitsVerdict.js'
import { rankingOf } from '../../pipelines/commands/rank.js'
import { writeColourModel, writePhotographs } from './colours.js'
import { blindspot } from './commandLine.js'
import { query } from './recount.js'
import { writeImages } from './smallImages.js'

/** Lists of float64, as other writers have them. */
function lists(name: string, rows: readonly (readonly number[])[]): RecordBatch {
  const values = Float64Array.from(rows.flat())
  const offsets = Int32Array.from({ length: rows.length + 1 }, (_, i) => rows.slice(0, i).flat().length)
  const data = makeData({
    type: new List(new Field('item', new Float64(), true)),
    length: rows.length,
    nullCount: 0,
    valueOffsets: offsets,
    child: makeData({ type: new Float64(), length: values.length, nullCount: 0, data: values }),
  })
  const schema = new Schema([new Field(name, data.type, true)])
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children: [data] }),
  )
}

async function written(path: string, batch: RecordBatch): Promise<string> {
  const writer = path.endsWith('.parquet') ? new ParquetWriter(path) : new ArrowWriter(path)
  await writer.write(batch)
  await writer.close()
  return path
}

t.test('directions from files', async (t) => {
  const folder = t.testdir()
  const rows = [
    [1, 0, 0.1],
    [0, 1e-300, 3],
  ]
  for (const name of ['own.parquet', 'own.arrows']) {
    const matrix = await readDirections(await written(join(folder, name), lists('v', rows)))
    t.match(matrix, { name: 'own', units: 3 })
    t.same([...matrix.directions], rows.flat())
  }
  writeFileSync(join(folder, 'own.feather'), tableToIPC(new Table([lists('values', rows)]), 'file'))
  t.same(
    [...(await readDirections(join(folder, 'own.feather'), 'mine')).directions],
    rows.flat(),
    'file format',
  )
  writeFileSync(join(folder, 'text.arrow'), 'no arrow at all')
  await t.rejects(readDirections(join(folder, 'text.arrow')), {
    code: 'bad-data',
    message: /text\.arrow: expected/,
  })
  const wrong: [string, RecordBatch, RegExp][] = [
    ['ragged', lists('v', [[1, 2], [3]]), /ragged\.parquet, row 1: expected 2 values as in row 0, got 1/],
    [
      'nan',
      lists('v', [
        [1, 2],
        [3, NaN],
      ]),
      /nan\.parquet, row 1: expected finite numbers, got NaN at 1/,
    ],
    ['none', lists('v', []), /none\.parquet: expected a direction in each row, got none/],
  ]
  for (const [name, batch, message] of wrong)
    await t.rejects(readDirections(await written(join(folder, `${name}.parquet`), batch)), { message })
  await t.rejects(readDirections(join(folder, 'absent.parquet')), { code: 'io' })
})

t.test('blindspot rank', async (t) => {
  const folder = t.testdir()
  const [model, other, out] = ['model', 'other', 'out'].map((name) => join(folder, name))
  const data = `mnist@${writeImages(join(folder, 'data'), 1, 300)}`
  const train = ['train', 'FC12-10', '--data', `${data}:train`, '--epochs', '1', '--json', '--out']
  const trained = [
    await blindspot(...train, model),
    await blindspot(...train, other, '--seed', '2', '--name', 'FC12-10'),
  ]
  t.same(
    trained.map(({ code }) => code),
    [0, 0],
    trained.map(({ err }) => err).join(),
  )
  const own = await written(
    join(folder, 'own.parquet'),
    lists('values', [Array.from({ length: 12 }, (_, i) => i - 6)]),
  )
  const rank = [
    ...['rank', model, '--layer', 'hidden1', '--data', `${data}:test`, '--limit', '250', '--top', '16'],
    ...['--directions', 'units', 'rotation', 'principal', own, '--out', out, '--json'],
  ]
  const first = await blindspot(...rank)
  t.equal(first.code, 0, first.err)
  interface Summary {
    readonly coherence: readonly { basis: string; end: string; k: number; purity: { n: number } }[]
    readonly differences: readonly { basis: string }[]
    readonly verdict: { state: string; sentence: string }
    readonly files: readonly string[]
    readonly figures: readonly string[]
  }
  const summary = JSON.parse(first.out) as Summary
  const sizes = summary.coherence.filter(({ end, k }) => end === 'top' && k === 8)
  t.same(
    sizes.map(({ basis, purity }) => [basis, purity.n]),
    [
      ['unit', 12],
      ['rotation', 12],
      ['principal', 12],
      ['own', 1],
      ['uniform', 12],
    ],
  )
  t.same([...new Set(summary.coherence.map(({ k }) => k))], [4, 8, 16], 'k 64 is not asked of 16 images')
  t.match(summary.verdict, {
    state: /holds|partly|no|open/,
    sentence: /Of the first 8 images along a random/,
  })

  const lake = await openLake(out, { readOnly: true })
  await lake.verify(await lake.files())
  const counts = Object.fromEntries(['ranks', 'coherence', 'images'].map((table) => [table, 0]))
  for (const { table, rows } of await lake.files()) counts[table] += rows
  // 37 directions with 16 images at either end, 12 samples of 16
  t.equal(counts['ranks'], 37 * 32 + 12 * 16)
  // of either end and the better one; samples have one
  t.equal(counts['coherence'], 37 * 3 * 3 + 12 * 2 * 3)
  const images = new Set<number>()
  for await (const { index } of readRecords('images', join(out, 'images')))
    for (const i of index) images.add(i)
  const coherence: CoherenceRow[] = []
  for await (const some of readRecords('coherence', join(out, 'coherence'))) coherence.push(...some)
  const shown = new Set<number>()
  for await (const { basis, direction, rank: place, index } of readRecords('ranks', join(out, 'ranks'))) {
    if (!['unit', 'rotation', 'uniform'].includes(basis)) continue
    const { coherent, random } = shownDirections(coherence.filter((row) => row.basis === basis))
    // of the control the first
    const directions = basis === 'uniform' ? [0] : [...coherent, ...random]
    index.forEach((sample, row) => {
      if (place[row] <= 8 && directions.includes(direction[row])) shown.add(sample)
    })
  }
  t.same(
    [...images].sort((a, b) => a - b),
    [...shown].sort((a, b) => a - b),
    'the images of the figures, each once',
  )
  for (const path of summary.figures) {
    const { width, height, channels } = decode(readFileSync(path))
    t.ok(width > 16 * 6 && height > 10 * 6 && channels === 1, path)
  }
  t.equal(summary.figures.length, 2)

  const before = summary.files.map((path) => statSync(path).mtimeMs)
  rmSync(summary.figures[0])
  const again = await blindspot(...rank)
  t.same(JSON.parse(again.out), summary, 'the same again')
  t.same(
    summary.files.map((path) => statSync(path).mtimeMs),
    before,
    'from what is committed',
  )
  t.ok(existsSync(summary.figures[0]), 'a figure that is gone is drawn again')

  rmSync(summary.files[1])
  const mended = await blindspot(...rank)
  t.match(mended, { code: 0, err: /missing or cut off, and made again/ })
  t.same(
    JSON.parse(mended.out.replaceAll('.2.parquet', '.parquet')),
    summary,
    'a file that is gone is written again, the same, by a name that none had',
  )

  writeFileSync(join(folder, 'text.parquet'), 'no parquet')
  const wrong: [string[], number, RegExp][] = [
    [['--layer', 'hidden9'], 2, /no layer "hidden9"; its layers are hidden1, logits/],
    [
      ['--count', '13', '--directions', 'units'],
      2,
      /count of basis unit: expected at most 12, the layer.s units, got 13/,
    ],
    [['--directions', 'pixels,untrained'], 2, /pixels and untrained alone; name what they are compared with/],
    [['--directions', 'sideways'], 2, /units, gaussian, rotation, principal or a file/],
    [['--directions', 'units', '--directions', 'units'], 2, /two bases are called unit/],
    [['--directions', join(folder, 'text.parquet')], 1, /text\.parquet/],
    [
      ['--layer', 'logits', '--directions', own],
      2,
      /basis own: expected directions of 10 values, the layer.s units, got 12/,
    ],
    [['--pool', 'median'], 2, /max, mean, none/],
    [['--top', '0'], 2, /at least 1/],
  ]
  const base = ['rank', model, '--layer', 'hidden1', '--data', `${data}:test`, '--limit', '50', '--out', out]
  for (const [args, expected, said] of wrong) {
    const { code, err } = await blindspot(...base, ...args)
    t.equal(code, expected, `${args.join(' ')}: ${err}`)
    t.match(err, said)
  }
  const namesake = await blindspot('rank', other, ...base.slice(2))
  t.match(namesake, { code: 2, err: /ranks of another model that is called FC12-10/ })

  const text = await blindspot(...base, '--directions', 'units,gaussian', '--no-figures')
  t.equal(text.code, 0, text.err)
  t.notMatch(text.err, /\(1 of/)
  t.match(
    text.out,
    /label purity.*units − these.*FC12-10 hidden1.*gaussian.*entropy of the labels, .*rule of the verdict: blindspot report/s,
  )
  t.match(text.out, /not known: there are no directions of the pixels and of the network untrained/)

  // by default also along what was not learned
  const controlled = await blindspot(...base, '--seed', '3', '--no-figures')
  t.match(controlled.err, /hidden1 \(1 of 3\): .*hidden1 \(2 of 3\): .*hidden1 \(3 of 3\): /s)
  t.equal(controlled.code, 0, controlled.err)
  t.match(controlled.out, /due to the representation.*pixels.*untrained unit.*untrained gaussian.*uniform/s)
  t.match(controlled.out, /Due to the representation, .*: FC12-10 hidden1 [+−].*certain in \d of 1 layers/)
  // that of the network before its training: not of another seed
  const untrained = async (path: string) => {
    const known = await loadClassifier(path)
    const before = await untrainedClassifier(path, known)
    known.dispose()
    before?.dispose()
    return before?.weightsHash
  }
  await useBackend()
  const [mine, others] = [await untrained(model), await untrained(other)]
  t.ok(mine !== undefined && others !== undefined && mine !== others)
  // where nobody knows how it began there is none, and none can be asked for
  const stranger = join(folder, 'stranger')
  cpSync(model, stranger, { recursive: true })
  const json = JSON.parse(readFileSync(join(stranger, 'model.json'), 'utf8')) as Record<string, unknown>
  writeFileSync(join(stranger, 'model.json'), JSON.stringify({ ...json, userDefinedMetadata: undefined }))
  const strange = ['rank', stranger, ...base.slice(2, -1), join(folder, 'strange'), '--no-figures']
  const without = await blindspot(...strange)
  t.match(without, {
    code: 0,
    out: /pixels.*not beside the network untrained: .*without those of the network untrained/s,
  })
  t.match(await blindspot(...strange, '--directions', 'units', 'untrained'), {
    code: 2,
    err: /untrained needs to know how stranger began/,
  })
})

t.test('a large difference is found however many layers there are', (t) => {
  for (const [layers, sizes] of [
    [13, [4, 8, 16, 64]],
    [40, [8, 64]],
  ] as const) {
    const all = Array.from({ length: layers }, (_, i) => `layer ${i}`).flatMap((layer) =>
      sizes.flatMap((k) =>
        rows(layer, { unit: around(0.9, 30), gaussian: around(0.7, 30), rotation: around(0.7, 30) }).map(
          (row) => ({
            ...row,
            k,
          }),
        ),
      ),
    )
    const found = unitsVerdict(basisCoherence(all), basisDifferences(all))
    t.match(found, { state: 'partly', sentence: new RegExp(`purer in ${layers} of ${layers} layers`) })
    t.match(found, { rule: new RegExp(`${layers * 2 * sizes.length} comparisons`) })
  }
  t.end()
})

t.test('what is due to the representation is part of the verdict', (t) => {
  const layer = (name: string, random: number, untrained: number, at: CoherenceRow['end'] = 'better') =>
    rows(name, {
      unit: around(random),
      gaussian: around(random),
      pixels: around(0.5),
      'untrained unit': around(untrained),
      'untrained gaussian': around(untrained),
      uniform: around(0.3),
    }).map((row) => ({ ...row, end: at }))
  const verdictOf = (all: readonly CoherenceRow[]) =>
    unitsVerdict(basisCoherence(all), basisDifferences(all), controlDifferences(all))
  t.match(verdictOf([...layer('a', 0.8, 0.6), ...layer('b', 0.8, 0.4)]), {
    state: 'holds',
    sentence:
      /from the better of its two ends, 80 % .* direction of the pixels 50 %, along a random direction of the network untrained 50 %.*m a \+0\.20 \[\+0\.\d\d, \+0\.2\d\]; m b \+0\.30 .*certain in 2 of 2 layers/,
  })
  t.match(verdictOf([...layer('a', 0.8, 0.6), ...layer('b', 0.8, 0.8)]), {
    state: 'partly',
    sentence: /m b \+0\.00 .*certain in 1 of 2 layers/,
  })
  t.match(
    verdictOf(layer('b', 0.7, 0.8)),
    { state: 'no', sentence: /m b −0\.10/ },
    'the interval excludes it',
  )
  t.match(verdictOf(layer('b', 0.8, 0.8)), { state: 'open', sentence: /^Not sure/ })
  t.match(verdictOf(layer('a', 0.8, 0.6, 'top')), {
    state: 'holds',
    sentence: /^(?!.*two ends)/,
    rule: /^at the top/,
  })
  // of two labels 4 images of one label are nothing out of the ordinary, which says nothing of the other k
  const few = layer('a', 0.8, 0.6)
  const impossible = few.map((row) => ({ ...row, k: 4, purityP: 0.125, leastP: 0.125 }))
  t.match(verdictOf([...few, ...impossible]), { state: 'holds' })
  t.match(verdictOf(impossible), { state: 'open' })
  const [units] = controlDifferences(few)
  t.match(units, { basis: 'unit', control: 'untrained unit', controls: ['pixels', 'untrained unit'] })
  t.end()
})

/** Directions with given purities of the top 8, in a layer each. */
function rows(layer: string, purities: Readonly<Record<string, readonly number[]>>): CoherenceRow[] {
  return Object.entries(purities).flatMap(([basis, all]) =>
    all.map((purity, direction) => ({
      ...({ run: 'r', model: 'm', layer, side: 'post', pool: 'none', basis, centered: false } as const),
      ...({
        direction,
        end: 'top',
        k: 8,
        images: 1000,
        grouping: 'class',
        tied: false,
        purity,
        entropy: 3 - 3 * purity,
      } as const),
      ...{ purityP: purity >= 0.6 ? 0.001 : 0.5, entropyP: purity >= 0.6 ? 0.001 : 0.5 },
    })),
  )
}

const around = (mean: number, n = 200) => Array.from({ length: n }, (_, i) => mean + ((i % 5) - 2) / 40)

t.test('the verdict follows from the rows', (t) => {
  const verdictOf = (all: readonly CoherenceRow[]) => {
    const found = unitsVerdict(basisCoherence(all), basisDifferences(all))
    return found && [found.state, found.sentence]
  }
  const uniform = around(0.3)
  t.match(verdictOf(rows('a', { unit: around(0.7), rotation: around(0.7), uniform })), [
    'holds',
    /^Holds: .*70 % have the same label, along a unit 70 %, of 8 drawn at random 30 %.*purer in 0 of 1 layers\.$/,
  ])
  t.match(
    verdictOf([
      ...rows('a', { unit: around(0.7), rotation: around(0.7) }),
      ...rows('b', { unit: around(0.9), rotation: around(0.7) }),
    ]),
    ['partly', /purer in 1 of 2 layers \(m b: \+0\.20 \[\+0\.1\d, \+0\.2\d\] against rotation at k = 8/],
  )
  t.match(verdictOf(rows('a', { unit: around(0.7), rotation: around(0.4) })), [
    'no',
    /not certainly beyond chance/,
  ])
  t.match(
    verdictOf([
      ...rows('a', { unit: around(0.7), rotation: around(0.7) }),
      ...rows('b', { unit: around(0.9), principal: around(0.4) }),
    ]),
    ['holds', /in 0 of 1 layers/],
    'a layer without random directions is no evidence',
  )
  t.match(verdictOf(rows('a', { unit: around(0.75, 2), gaussian: around(0.75, 2) })), ['open', /^Not sure/])
  const tied = rows('a', { unit: [1, 1, 1] }).map((row) => ({ ...row, tied: true }))
  const [left] = basisCoherence([...tied, ...rows('a', { unit: around(0.7) })])
  t.same([left.purity.n, left.tied, left.purity.value.toFixed(3)], [200, 3, '0.700'], 'ties are left out')
  t.match(verdictOf(rows('a', { unit: [1], rotation: [0.4] })), ['open', /^Not sure: .*not certainly/])
  t.match(verdictOf(rows('a', { unit: [0.6, 1], gaussian: [0.7, 1, 1, 1] })), ['open', /^Not sure/])
  t.match(verdictOf(rows('a', { unit: around(0.7), gaussian: around(0.9) })), [
    'holds',
    /random directions in 1 \(m a: −0\.20/,
  ])
  t.equal(verdictOf(rows('a', { unit: around(0.7) })), undefined)
  t.equal(verdictOf(rows('a', { rotation: around(0.7) })), undefined)
  const [difference] = basisDifferences(rows('a', { unit: around(0.9), rotation: around(0.7) }))
  t.match(difference, { measure: 'purity', effect: 1 })
  t.ok(Math.abs(difference.difference.value - 0.2) < 1e-12)
  t.end()
})

t.test('rows of a figure: the purest first, and a draw that does not look', (t) => {
  const purities = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) / 100)
  const { coherent, random } = shownDirections(rows('a', { unit: purities }))
  const best = [...purities.keys()].sort((a, b) => purities[b] - purities[a]).slice(0, 10)
  t.same(coherent, best)
  t.equal(new Set(random).size, 10)
  const opposite = purities.map((purity) => 1 - purity)
  t.same(shownDirections(rows('a', { unit: opposite })).random, random, 'whatever the purities')
  t.not(
    String(shownDirections(rows('b', { unit: purities })).random),
    String(random),
    'another layer, others',
  )
  t.end()
})

t.test('the pixels of photographs are ranked only where that is asked for', async (t) => {
  const large = await writeColourModel(join(t.testdir(), 'large'), 1)
  const options = { layer: 'pool', data: 'imagenet:anywhere', top: 4, seed: 1 }
  const controls = async (directions?: string[]) => {
    const { spec } = await rankingOf(large, { ...options, ...(directions && { directions }) })
    return spec.controls
  }
  t.same(await controls(), { pixels: false, untrained: 'known' })
  t.same(await controls(['units', 'pixels']), { pixels: true, untrained: false })
})

t.test('photographs of ImageNet’s classes are counted by class and by superclass', async (t) => {
  const folder = t.testdir()
  // a fish and two dogs: images of the two dogs are of one superclass
  const wnids = ['n01440764', 'n02085620', 'n02085782']
  const labels = [0, 151, 152]
  const photographs = await writePhotographs(join(folder, 'photographs'), 8, wnids)
  const model = await writeColourModel(join(folder, 'network'), 1, { labels, classes: 1000 })
  const out = join(folder, 'out')
  const {
    code,
    err,
    out: text,
  } = await blindspot(
    ...['rank', model, '--layer', 'pool', '--data', `imagenet:${photographs}`, '--top', '8'],
    ...['--out', out, '--no-figures', '--json'],
  )
  t.equal(code, 0, err)
  const rows = await query(
    out,
    `with of_top as (
       select basis, direction, label, case label when 0 then 0 else 1 end as dogs from ranks where rank <= 8
     ), counted as (
       select basis, direction, 'class' as grouping, label as of, count(*) as n from of_top group by all
       union all
       select basis, direction, 'superclass', dogs, count(*) from of_top group by all
     ), purest as (select basis, direction, "grouping", max(n) / 8 as purity from counted group by all)
     select "grouping", count(*)::int as n, bool_and(c.purity = p.purity) as same,
       count(distinct c.label)::int as labels
     from coherence c join purest p using (basis, direction, "grouping") where "end" = 'top' and k = 8 group by all order by 1`,
    { tables: ['ranks', 'coherence'], printed: [] },
  )
  t.match(rows, [
    { grouping: 'class', same: true },
    { grouping: 'superclass', same: true },
  ])
  t.ok(Number(rows[0]['n']) > 6 && rows[0]['n'] === rows[1]['n'], 'each direction by both')
  const superclass = (label: number) => SUPERCLASSES[SUPERCLASS_OF[label]].name
  t.same([superclass(151), superclass(152)], ['dog', 'dog'])
  const named = await query(
    out,
    `select distinct label from coherence where "grouping" = 'superclass' order by 1`,
    { tables: ['coherence'], printed: [] },
  )
  t.same(named.map(({ label }) => SUPERCLASSES[Number(label)].name).sort(), [superclass(0), 'dog'].sort())
  t.match(JSON.parse(text), { coherence: [{}] })
})
