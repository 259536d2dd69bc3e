import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openLake, QUESTIONS, TABLES, type Lake } from 'blindspot'
import type { AdversarialBatch } from '../../../operators/records/adversarial.js'
import type { ScoreBatch } from '../../../operators/records/score.js'
import { tablesIn } from '../../../sources/query/openQuery.js'
import { askData } from '../../../pipelines/tables/askData.js'
import { meanOverSeeds, reach } from '../../../pipelines/tables/meanOverSeeds.js'
import { proportion, rate, type Estimate } from '../../../pipelines/tables/statistics.js'
import { units } from '../../../pipelines/tables/units.js'
import { examplesOf, modelOf, put, scoresOf } from '../dataSet.js'
import { ranked } from '../rankedSet.js'
import { answered, rowsOf, type Answered } from './asked.js'

const newLake = (name: string): Promise<Lake> => openLake(join(t.testdir(), name))

/** Numbers of an answer beside those that are expected, up to rounding. */
function near(t: Test, got: Answered | undefined, expected: Readonly<Record<string, unknown>>, told = '') {
  for (const [name, value] of Object.entries(expected)) {
    const found = got?.[name]
    if (typeof value !== 'number') t.same(found, value, `${told} ${name}`)
    else if (Number.isNaN(value)) t.equal(found, null, `${told} ${name}: none`)
    else {
      const differs = Math.abs(Number(found) - value)
      t.ok(
        typeof found === 'number' && differs <= 1e-6 * Math.max(1, Math.abs(value)),
        `${told} ${name}: ${JSON.stringify(found)} is ${value}`,
      )
    }
  }
}

/** An estimate as the columns of an answer have it. */
const estimated = (name: string, { value, low, high }: Estimate) => ({
  [name]: value,
  [`${name}_low`]: low,
  [`${name}_high`]: high,
})
const found = (distortions: readonly number[]) => distortions.filter((one) => !Number.isNaN(one))
const meanOf = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length

/** Examples of a run of its own. */
const run = (batch: AdversarialBatch, name: string, options: string): AdversarialBatch => ({
  ...batch,
  run: name,
  options,
})

t.test('intervals are those of the library’s statistics', async (t) => {
  const lake = await newLake('intervals')
  const rates = [
    [0, 1],
    [1, 1],
    [0, 24],
    [24, 24],
    [3, 10],
    [7, 1000],
    [512, 60_000],
  ]
  for (const [count, n] of rates) {
    const [row] = await rowsOf(
      lake,
      `SELECT rate_low(${count} / ${n}, ${n}) AS share_low, rate_high(${count} / ${n}, ${n}) AS share_high`,
    )
    const { low, high } = proportion(count, n)
    near(t, row, { share_low: low, share_high: high }, `${count} of ${n}`)
  }
  for (const n of [2, 3, 4, 10, 31, 32, 60, 1000]) {
    const [row] = await rowsOf(
      lake,
      `SELECT mean_low(2.0, 0.5, ${n}) AS low, mean_high(2.0, 0.5, ${n}) AS high`,
    )
    const half = (reach(n - 1) * 0.5) / Math.sqrt(n)
    near(t, row, { low: 2 - half, high: 2 + half }, `mean of ${n}`)
  }
  t.same(
    await rowsOf(
      lake,
      'SELECT mean_low(1, NULL, 1) AS one, rate_low(NULL, 3) AS nothing, rate_high(0.5, 0) AS none',
    ),
    [{ one: null, nothing: null, none: null }],
  )
})

t.test('distances: images, pairs of classes, failures and cost, each run by itself', async (t) => {
  const lake = await newLake('distances')
  // 12 images, so that there are two each of the first two pairs of classes
  const a = [0.1, 0.2, NaN, 0.4, 0.15, 0.25, 0.35, 0.3, 0.12, 0.22, 0.18, NaN]
  const again = [0.9, 0.5]
  const b = [0.2, 0.2, 0.3, NaN, 0.1, 0.4, 0.35, 0.3, 0.12, 0.22, 0.25, 0.6]
  const attack = examplesOf('A', a, { skipped: 3 })
  const evaluations = Int32Array.from(attack.index, (_, i) => 10 + 3 * i)
  await put(lake, 'examples', { source: 'A' }, { ...attack, evaluations })
  await put(lake, 'examples', { source: 'A' }, run(examplesOf('A', again), 'run of A again', 'seed=2'))
  await put(lake, 'examples', { source: 'B' }, examplesOf('B', b))

  const hardest = await answered(lake, 'hardest-images')
  const [ofA, ofB] = [a, b].map((all) => all.map((one) => one / meanOf(found(all))))
  const images = a
    .map((_, i) => ({ index: 100 + i, relative: meanOverSeeds([ofA[i], ofB[i]]) }))
    .filter(({ relative }) => relative.n > 0)
    .sort((x, y) => x.relative.value - y.relative.value || x.index - y.index)
  // beside another seed the usual one is named, too
  const usual = hardest.filter(({ options }) => options === 'seed=1')
  t.same(
    usual.map(({ index }) => index),
    images.map(({ index }) => index),
    'the order',
  )
  images.forEach(({ relative }, i) =>
    near(t, usual[i], { networks: relative.n, ...estimated('relative_to_mean', relative) }, `image ${i}`),
  )
  near(
    t,
    usual.find(({ index }) => index === 100),
    { label: 0, networks: 2, distortion: 0.15, nearest_for: 'A', least: 0.1 },
    'the first image',
  )
  const other = hardest.filter(({ options }) => options === 'seed=2')
  t.same(
    other.map(({ index, networks }) => [index, networks]),
    [
      [101, 1],
      [100, 1],
    ],
    'an attack with other options is not mixed in',
  )

  const pairs = await answered(lake, 'pairs-of-classes')
  const pair = (name: string, label: number) =>
    pairs.find((row) => row['run'] === name && row['label'] === label)
  for (const [label, own] of [
    [0, [a[0], a[10]]],
    [1, [a[1], a[11]]],
    [2, [a[2]]],
  ] as const) {
    const distortion = meanOverSeeds(own)
    near(
      t,
      pair('run of A random', label),
      {
        ...{ source_model: 'A', target: label + 1, n: own.length, found: distortion.n },
        ...estimated('success_rate', proportion(distortion.n, own.length)),
        ...estimated('distortion', distortion),
      },
      `${label} → ${label + 1}`,
    )
  }
  near(t, pair('run of A again', 0), { n: 1, distortion: 0.9, distortion_low: NaN }, 'another run')
  t.equal(pairs.length, 10 + 2 + 10)

  const failures = await answered(lake, 'failures')
  t.same(
    failures
      .filter((row) => row['run'] === 'run of A random')
      .map((row) => [row['status'], row['rows'], row['n']]),
    [
      ['success', 10, 15],
      ['skipped', 3, 15],
      ['failed', 2, 15],
    ],
  )
  near(
    t,
    failures.find((row) => row['run'] === 'run of A random' && row['status'] === 'skipped'),
    { reason: 'misclassified', ...estimated('share', proportion(3, 15)) },
  )
  near(
    t,
    failures.find((row) => row['run'] === 'run of A again'),
    { status: 'success', share: 1, n: 2 },
  )

  const cost = await answered(lake, 'cost')
  const passes = [...evaluations.subarray(0, 12)]
  near(
    t,
    cost.find((row) => row['run'] === 'run of A random'),
    {
      ...{ n: 12, searches: 12, median: 26.5, most: 43, solves_per_search: 5, iterations_per_search: 20 },
      ...estimated('evaluations', meanOverSeeds(passes)),
      evaluations_per_example: passes.reduce((sum, one) => sum + one, 0) / 10,
    },
    'cost',
  )
  t.equal(cost.length, 3)
})

t.test('transfer, all victims, noise, survival', async (t) => {
  const lake = await newLake('transfer')
  const distortions = [0.1, 0.5, 0.06, 0.3, 0.02, 0.2, 0.2, 0.2, 0.2, 0.2]
  await put(lake, 'examples', { source: 'A' }, examplesOf('A', distortions))
  const right = (batch: ScoreBatch, wrong: number): ScoreBatch => ({
    ...batch,
    cleanError: Uint8Array.from(batch.error, (_, i) => Number(i < wrong)),
  })
  const other = { ...scoresOf('A', 'B', 10, 10), run: 'run of A again' }
  // five images with two targets each
  const several = {
    ...scoresOf('A', 'B', 10, 4),
    ...{ run: 'all', goal: 'all' as const, index: Int32Array.from({ length: 10 }, (_, i) => 100 + (i >> 1)) },
  }
  await put(
    lake,
    'scores',
    { shown: 'A' },
    scoresOf('A', 'A', 10, 10),
    right(scoresOf('A', 'B', 10, 4), 2),
    scoresOf('A', 'C', 10, 3),
    other,
    several,
    scoresOf('A', 'B', 10, 6, { kind: 'amplified', stddev: 0.3 }),
    scoresOf('A', 'A', 10, 9, { kind: 'png' }),
    scoresOf('A', 'A', 10, 5, { kind: 'jpeg', quality: 75 }),
    scoresOf('A', 'A', 10, 7, { kind: 'jpeg', quality: 95 }),
  )
  for (const [stddev, errors] of [
    [0.1, 1],
    [0.3, 2],
    [1, 7],
  ])
    await put(
      lake,
      'scores',
      { shown: `gaussian ${stddev}` },
      scoresOf('', 'A', 10, errors, { kind: 'gaussian', stddev }),
      right(scoresOf('', 'B', 10, errors, { kind: 'gaussian', stddev }), 1),
      // noise on images of another split is no comparison
      scoresOf('', 'B', 10, 9, { kind: 'gaussian', stddev: 0.198, split: 'test' }),
    )

  const transfer = await answered(lake, 'transfer')
  const fed = (name: string, to: string) => transfer.find((row) => row['run'] === name && row['model'] === to)
  t.equal(transfer.length, 5)
  near(t, fed('run of A random', 'B'), {
    ...{ n: 10, ...estimated('error', proportion(4, 10)) },
    ...{ clean_images: 8, ...estimated('clean_error', proportion(2, 8)), examples: 10 },
  })
  near(t, fed('run of A again', 'B'), { n: 10, error: 1 }, 'another run')
  near(
    t,
    fed('all', 'B'),
    { examples: 10, n: 5, ...estimated('error', rate({ rows: 10, images: 5, count: 4 })) },
    'several targets of an image are one in the interval',
  )

  const foolsAll = await answered(lake, 'fools-all')
  near(
    t,
    foolsAll.find((row) => row['run'] === 'run of A random'),
    {
      ...{ victims: 2, examples: 10, fool_all: 3, n: 10, ...estimated('share', proportion(3, 10)) },
      ...{ nearest_index: 102, nearest_label: 2, nearest_target: 3, nearest_distortion: 0.06 },
    },
    'B and C: the fourth fools B alone, the fifth none',
  )
  near(
    t,
    foolsAll.find((row) => row['run'] === 'run of A again'),
    { victims: 1, fool_all: 10, nearest_index: null },
    'of a run whose examples are not there',
  )

  const noise = await answered(lake, 'noise')
  const beside = (kind: string, to: string) =>
    noise.filter((row) => row['kind'] === kind && row['model'] === to && row['run'] === 'run of A random')
  const [own, ...more] = beside('adversarial', 'B')
  t.same(more, [], 'the nearest noise alone')
  near(
    t,
    own,
    {
      ...{ rms: meanOf(distortions), n: 8, ...estimated('clean_error', proportion(2, 8)) },
      // ln(0.3 / 0.198) < ln(0.198 / 0.1)
      ...{ noise_rms: 0.3, noise_n: 9, ...estimated('noise_clean_error', proportion(1, 9)) },
    },
    'noise',
  )
  near(t, beside('amplified', 'B')[0], { rms: 0.3, clean_error: 0.6, noise_rms: 0.3 }, 'amplified')

  const survival = await answered(lake, 'survival')
  t.same(
    survival
      .filter((row) => row['model'] === 'A')
      .map(({ kind, quality, n, fools, reached }) => [kind, quality, n, fools, reached]),
    [
      ['adversarial', null, 10, 1, 1],
      ['jpeg', 95, 10, 0.7, 0.7],
      ['jpeg', 75, 10, 0.5, 0.5],
      ['png', null, 10, 0.9, 0.9],
    ],
  )
  near(
    t,
    survival.find(({ quality }) => quality === 75),
    { ...estimated('fools', proportion(5, 10)), ...estimated('reached', proportion(5, 10)) },
  )
})

t.test('λ against distance: over networks, and of one network over its images', async (t) => {
  const lake = await newLake('decay')
  const networks = [
    { name: 'a', seed: 1, weightDecay: 1e-3, distortions: [0.1, 0.2] },
    { name: 'b', seed: 2, weightDecay: 1e-3, distortions: [0.2, 0.25, 0.3] },
    { name: 'c', seed: 3, weightDecay: 1e-3, distortions: [0.15, NaN] },
    { name: 'the same as b', seed: 2, weightDecay: 1e-3, distortions: [0.2, 0.9] },
    { name: 'd', seed: 1, weightDecay: 0.1, distortions: [0.5, 0.6, 0.4] },
    { name: 'e', seed: 1, weightDecay: NaN, distortions: [0.9] },
    { name: 'f', seed: 1, weightDecay: 1e-3, distortions: [0.7], recipe: ' epochs=40' },
  ]
  const record = ({
    name,
    seed,
    weightDecay,
    recipe = '',
  }: Omit<(typeof networks)[number], 'distortions'>) => ({
    ...{ ...modelOf(name, 0.1, 0.2), seed, weightDecay, architecture: `FC10-10(${weightDecay})` },
    configuration: `FC10-10(${weightDecay})@P1${recipe}`,
  })
  for (const { distortions, ...network } of networks) {
    await put(lake, 'models', { name: network.name }, [record(network)])
    await put(lake, 'examples', { source: network.name }, examplesOf(network.name, distortions))
  }
  // two images with two targets each
  await put(
    lake,
    'examples',
    { source: 'd' },
    {
      ...examplesOf('d', [0.1, 0.3, 0.5, 0.7], { goal: 'all' }),
      index: Int32Array.of(100, 100, 101, 101),
    },
  )
  // a smaller run of the same attack counts for nothing
  await put(lake, 'examples', { source: 'b' }, run(examplesOf('b', [0.9]), 'a run of b', ''))
  // of two networks of a name that whose file comes later
  const writer = lake.writer('models', { step: 'models-z', partition: { name: 'd' } })
  await writer.write([{ ...record({ name: 'd', seed: 1, weightDecay: 0.2 }), testError: 0.3 }])
  await writer.close()
  const rows = await answered(lake, 'weight-decay')
  t.equal(rows.length, 4)
  const random = rows.filter(({ goal, architecture }) => goal === 'random' && architecture === 'FC10-10@P1')
  near(t, random[0], {
    ...{ weight_decay: 1e-3, networks: 3, images: 7, interval_over: 'networks' },
    ...estimated('distortion', meanOverSeeds([meanOf([0.1, 0.2]), 0.25, 0.15])),
  })
  near(t, random[1], {
    ...{ weight_decay: 0.2, networks: 1, images: 3, interval_over: 'images', test_error: 0.3 },
    ...estimated('distortion', meanOverSeeds([0.5, 0.6, 0.4])),
  })
  near(
    t,
    rows.find(({ goal }) => goal === 'all'),
    { networks: 1, images: 2, ...estimated('distortion', meanOverSeeds([0.2, 0.6])) },
    'several targets of an image are one',
  )
  near(
    t,
    rows.find(({ architecture }) => architecture === 'FC10-10@P1 epochs=40'),
    { networks: 1, distortion: 0.7, distortion_low: NaN },
    'another recipe is not mixed in',
  )
})

t.test('directions', async (t) => {
  const lake = await newLake('directions')
  await ranked(lake, 'hidden1')
  await ranked(lake, 'hidden1', { name: 'other', seed: 2 })
  const rows = await answered(lake, 'direction-coherence')
  const { coherence, layers } = await askData(lake, (database) => units(database))
  const top = coherence.filter(({ end }) => end === 'top')
  t.equal(rows.length, top.length)
  for (const { run, basis, centered, k, purity, entropy, pureBeyond } of top) {
    const directions = layers
      .flatMap(({ rows: all }) => all)
      .filter(
        (row) => row.run === run && row.basis === basis && row.k === k && row.end === 'top' && !row.tied,
      )
    near(
      t,
      rows.find(
        (row) =>
          row['run'] === run && row['basis'] === basis && row['k'] === k && row['centered'] === centered,
      ),
      {
        n: purity.n,
        ...estimated('purity', meanOverSeeds(directions.map((row) => row.purity))),
        entropy: entropy.value,
        ...estimated('beyond', pureBeyond),
      },
      `${basis}, k = ${k}`,
    )
  }
})

t.test('training: curves and time; what was gone on without', async (t) => {
  const lake = await newLake('training')
  const curve = (run: string, model: string, errors: readonly number[], phase = 'network') =>
    errors.map((trainError, i) => ({
      ...{ kind: 'training' as const, run, model, phase, epoch: i + 1, epochs: errors.length },
      ...{ loss: 1 / (i + 1), trainError, seconds: 2 * (i + 1) },
    }))
  await put(lake, 'models', { name: 'm' }, [{ ...modelOf('m', 0, 0, 100), run: 'one', seconds: 9 }])
  await put(lake, 'models', { name: 'm' }, [{ ...modelOf('m', 0, 0, 400), run: 'two', seconds: 10 }])
  await put(
    lake,
    'training',
    { name: 'm' },
    curve('one', 'm', [0.5, 0.25, 0.1]),
    curve('two', 'm', [NaN, NaN], 'autoencoder'),
    curve('two', 'm', [0.2]),
    curve('gone', 'lost', [0.3]),
  )
  const curves = await answered(lake, 'training-curves')
  t.equal(curves.length, 7)
  const at = (run: string, phase: string, epoch: number) =>
    curves.find((row) => row['run'] === run && row['phase'] === phase && row['epoch'] === epoch)
  near(t, at('one', 'network', 2), { loss: 0.5, n: 100, ...estimated('train_error', proportion(25, 100)) })
  near(t, at('two', 'network', 1), { n: 400, ...estimated('train_error', proportion(80, 400)) })
  near(t, at('two', 'autoencoder', 1), { train_error: NaN, train_error_low: NaN, loss: 1 })
  near(t, at('gone', 'network', 1), { n: null, train_error: 0.3, train_error_high: NaN }, 'no record of it')
  const times = await answered(lake, 'training-time')
  t.same(
    times.map(({ run, phase, epochs, phase_seconds, seconds_per_epoch, seconds, images_per_second }) => [
      ...[run, phase, epochs, phase_seconds, seconds_per_epoch, seconds, images_per_second],
    ]),
    [
      ['two', 'autoencoder', 2, 4, 2, 10, 200],
      ['two', 'network', 1, 2, 2, 10, 200],
      ['one', 'network', 3, 6, 2, 9, 50],
    ],
  )
  const image = { run: 'r', dataset: 'd', split: 's', step: '', attempt: -1, log: '' }
  await put(lake, 'errors', { name: 'r' }, [
    { ...image, index: 3, path: 'a.jpg', reason: 'cut off' },
    { ...image, index: 4, path: 'b.jpg', reason: 'cut off' },
    { ...image, dataset: '', split: '', index: -1, path: '', reason: 'killed', step: 'train x', attempt: 2 },
  ])
  t.same(
    (await answered(lake, 'unreadable')).map(({ what, reason, n, attempts, example }) => [
      ...[what, reason, n, attempts, example],
    ]),
    [
      ['image', 'cut off', 2, null, 'a.jpg'],
      ['step', 'killed', 1, 2, 'train x'],
    ],
  )
})

t.test('every question says what it needs, and is answered by a data set without rows', async (t) => {
  const lake = await newLake('none')
  t.ok(QUESTIONS.length >= 10)
  t.equal(new Set(QUESTIONS.map(({ name }) => name)).size, QUESTIONS.length)
  for (const { name, question, tables, sql } of QUESTIONS) {
    t.match(name, /^[a-z]+(-[a-z]+)*$/)
    t.notOk(name in TABLES, `${name} is no table`)
    t.match(question, /\?/)
    t.same(
      tablesIn(sql)
        .filter((table) => new RegExp(`(FROM|JOIN) ${table}\\b`).test(sql))
        .sort(),
      [...tables].sort(),
      `${name}: its tables`,
    )
    t.same(await rowsOf(lake, sql), [], name)
  }
})
