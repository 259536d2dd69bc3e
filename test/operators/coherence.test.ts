import { lastValueFrom, of, toArray } from 'rxjs'
import t from 'tap'
import { activations } from '../../operators/activations.js'
import type { Classifier } from '../../operators/classifier.js'
import { coherence, type CoherenceOptions } from '../../operators/coherence.js'
import { stream } from '../../operators/flow/stream.js'
import { randomFor } from '../../operators/random.js'
import { rank, type RankOptions } from '../../operators/rank.js'
import { rotationDirections } from '../../operators/ranking/basis.js'
import type { Coherence, End } from '../../operators/records/coherence.js'
import type { ActivationBatch } from '../../operators/records/activation.js'
import type { ImageBatch } from '../../operators/records/image.js'
import type { LabelCounts, RankBatch } from '../../operators/records/rank.js'
import { TABLES } from '../../operators/records/tables.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { classifierOf } from '../../operators/tensor/classifier.js'
import { denseNetwork } from '../../operators/tensor/dense.js'
import { tf } from '../../operators/tensor/tf.js'
import { basisCoherence } from '../../pipelines/tables/compareBases.js'
import { streamOf, type Image } from '../oracle/ranking.js'

await useBackend()

/** A direction for each pair of labels at its ends, from the end inwards. */
function ranksOf(
  labels: LabelCounts,
  ends: readonly { readonly top: readonly number[]; readonly bottom?: readonly number[] }[],
): RankBatch {
  const images = labels.reduce((sum, [, count]) => sum + count, 0)
  const rows = ends.flatMap(({ top, bottom = [] }, direction) => [
    ...top.map((label, i) => ({ direction, rank: i + 1, label })),
    ...bottom.map((label, i) => ({ direction, rank: images - i, label })).reverse(),
  ])
  // falling along each direction, without ties
  const value = Float64Array.from(rows, ({ rank }) => -rank)
  return {
    run: 'r',
    model: 'network',
    layer: 'hidden',
    side: 'pre',
    pool: 'mean',
    basis: 'made',
    centered: true,
    images,
    labels,
    direction: Int32Array.from(rows, ({ direction }) => direction),
    rank: Int32Array.from(rows, ({ rank }) => rank),
    dataset: rows.map(() => 'd'),
    split: rows.map(() => 'test'),
    index: Int32Array.from(rows, ({ rank }) => rank),
    label: Int32Array.from(rows, ({ label }) => label),
    value,
    mean: value,
    tied: new Uint8Array(rows.length),
  }
}

const coherenceOf = async (batch: RankBatch, options?: CoherenceOptions): Promise<readonly Coherence[]> =>
  lastValueFrom(of(batch).pipe(coherence(options)))

const TEN: LabelCounts = Array.from({ length: 10 }, (_, label) => [label, 100] as const)
const ENDS: readonly End[] = ['top', 'bottom']

t.test('purity and entropy of either end', async (t) => {
  const batch = ranksOf(TEN, [
    { top: [3, 3, 3, 3, 7, 3, 7, 7], bottom: [1, 2, 1, 2, 2, 2, 2, 5] },
    { top: [4, 3, 2, 1, 4, 3, 2, 1], bottom: [9, 9, 9, 1, 0, 8, 8, 8] },
  ])
  const rows = await coherenceOf(batch, { k: [4, 8, 1], permutations: 99 })
  const shown = rows.map(({ direction, end, k, label, purity, entropy }) =>
    [direction, end, k, label, purity, entropy.toFixed(6)].join(' '),
  )
  // −⅝ log₂ ⅝ − ⅜ log₂ ⅜ = 0.954434, …
  t.same(shown, [
    '0 top 4 3 1 0.000000',
    '0 bottom 4 1 0.5 1.000000',
    '0 top 8 3 0.625 0.954434',
    '0 bottom 8 2 0.625 1.298795',
    '0 top 1 3 1 0.000000',
    '0 bottom 1 1 1 0.000000',
    '1 top 4 1 0.25 2.000000',
    '1 bottom 4 9 0.75 0.811278',
    '1 top 8 1 0.25 2.000000',
    '1 bottom 8 8 0.375 1.811278',
    '1 top 1 4 1 0.000000',
    '1 bottom 1 9 1 0.000000',
  ])
  const { run, model, layer, side, pool, basis, centered, images } = rows[0]
  t.same(
    [run, model, layer, side, pool, basis, centered, images],
    ['r', 'network', 'hidden', 'pre', 'mean', 'made', true, 1000],
  )
  t.ok(rows.every(({ k, purityP, entropyP }) => k > 1 || (purityP === 1 && entropyP === 1)))
})

function* subsets(n: number, k: number, from = 0): Generator<readonly number[]> {
  if (k === 0) yield []
  else for (let i = from; i <= n - k; i++) for (const rest of subsets(n, k - 1, i + 1)) yield [i, ...rest]
}

/** Purity and entropy, from the definitions. */
function alike(labels: readonly number[]) {
  const shares = [...new Set(labels)].map(
    (one) => labels.filter((label) => label === one).length / labels.length,
  )
  // rounded: sums in another order differ in their last bits
  const entropy = shares.reduce((sum, share) => sum + share * Math.log2(1 / share), 0)
  return { purity: Math.max(...shares), entropy: Number(entropy.toFixed(9)) }
}

t.test('p-values are those of labels drawn without replacement', async (t) => {
  const labels: LabelCounts = [
    [0, 6],
    [5, 5],
    [7, 3],
  ]
  const all = labels.flatMap(([label, count]) => Array<number>(count).fill(label))
  const permutations = 40_000
  for (const k of [2, 4, 5]) {
    const drawn = [...subsets(all.length, k)].map((places) => places.map((at) => all[at]))
    const kinds = new Map(drawn.map((top) => [top.join(), top]))
    const expected = [...kinds.values()].map((top) => {
      const { purity, entropy } = alike(top)
      const share = (as: (one: ReturnType<typeof alike>) => boolean) =>
        drawn.filter((one) => as(alike(one))).length / drawn.length
      return [share((one) => one.purity >= purity), share((one) => one.entropy <= entropy)]
    })
    const ends = [...kinds.values()].map((top) => ({ top, bottom: top.toReversed() }))
    const rows = await coherenceOf(ranksOf(labels, ends), { k: [k], permutations })
    t.equal(rows.length, 2 * kinds.size)
    const exactly = rows.map(({ direction, purityP }) => Math.abs(purityP - expected[direction][0]))
    t.ok(Math.max(...exactly) < 1e-12, 'that of the purity is exact')
    const deviations = rows.flatMap(({ direction, purityP, entropyP }) =>
      [purityP, entropyP].map((p, i) => {
        const exact = expected[direction][i]
        // (1 + a binomial number) / (1 + permutations)
        const error = Math.sqrt((exact * (1 - exact)) / permutations) + 1e-12
        return (p - (1 + exact * permutations) / (1 + permutations)) / error
      }),
    )
    const largest = Math.max(...deviations.map(Math.abs))
    t.ok(largest < 4, `k = ${k}: of ${expected.length} kinds within ${largest.toFixed(1)} standard errors`)
    t.ok(expected.some(([p]) => p < 0.35) && expected.some(([p]) => p === 1), 'from rare to certain')
  }

  // of 900 and 100 all of 8 have one label: hypergeometric, C(900, 8) / C(1000, 8) + C(100, 8) / C(1000, 8)
  const falling = (n: number, k: number): number => (k === 0 ? 1 : n * falling(n - 1, k - 1))
  const exact = (falling(900, 8) + falling(100, 8)) / falling(1000, 8)
  const two = ranksOf(
    [
      [0, 900],
      [1, 100],
    ],
    [{ top: Array<number>(8).fill(1), bottom: [1, 0, 0, 0, 0, 0, 0, 0] }],
  )
  const [pure, mixed] = await coherenceOf(two, { k: [8], permutations })
  t.ok(Math.abs(pure.purityP - exact) < 4 * Math.sqrt((exact * (1 - exact)) / permutations))
  t.equal(pure.purityP, pure.entropyP)
  t.ok(mixed.purityP > pure.purityP)

  const one = ranksOf(TEN, [{ top: [1, 1, 1, 1, 1, 1, 1, 1] }])
  const p = async (options: CoherenceOptions) =>
    (await coherenceOf(one, options)).map(({ purityP }) => purityP)
  // far below what so many permutations can tell: 10 C(100, 8) / C(1000, 8)
  const rare = (10 * falling(100, 8)) / falling(1000, 8)
  for (const permutations of [9, 9999]) {
    const [found] = await p({ k: [8], permutations })
    t.ok(Math.abs(found / rare - 1) < 1e-9, `${found} for ${rare}`)
  }
  const all64 = ranksOf(TEN, [{ top: Array<number>(64).fill(1), bottom: [...Array<number>(63).fill(2), 3] }])
  const [top, bottom, better] = await coherenceOf(all64, { k: [64], ends: ['top', 'bottom', 'better'] })
  t.ok(top.purityP < 1e-60 && top.purityP > 0 && top.entropyP === top.purityP && top.leastP === top.purityP)
  t.ok(bottom.entropyP < 1e-50 && bottom.entropyP >= bottom.purityP && bottom.purityP > top.purityP)
  t.ok(Math.abs(better.purityP / top.purityP - 2) < 1e-9 && better.leastP === better.purityP)
  const again = async (seed: number) => {
    const rows = await coherenceOf(ranksOf(TEN, [{ top: [1, 2, 1, 1, 2, 3, 3, 1] }]), { k: [8], seed })
    return [rows[0].purityP, rows[0].entropyP]
  }
  t.same(await again(1), await again(1))
  t.notSame(await again(1), await again(2))
})

t.test('by superclass: as if these were the labels', async (t) => {
  // labels 0 and 1 are of superclass 4, labels 2 and 5 of superclass 0
  const superclasses = Int32Array.of(4, 4, 0, -1, -1, 0)
  const labels: LabelCounts = [
    [0, 5],
    [1, 4],
    [2, 3],
    [5, 6],
  ]
  const ends = [
    { top: [0, 1, 0, 1, 2], bottom: [5, 5, 2, 1, 5] },
    { top: [5, 5, 5, 0, 0], bottom: [0, 1, 1, 0, 1] },
  ]
  const options = { k: [4, 5], permutations: 500, ends: ['top', 'bottom', 'better'] as const }
  const rows = await coherenceOf(ranksOf(labels, ends), { ...options, superclasses })
  const shown = rows
    .filter(({ end, k }) => end !== 'better' && k === 4)
    .map(({ grouping, direction, end, label, purity }) => [grouping, direction, end, label, purity].join(' '))
  t.same(shown, [
    'superclass 0 top 4 1',
    'superclass 0 bottom 0 0.75',
    'superclass 1 top 0 0.75',
    'superclass 1 bottom 4 1',
  ])
  // 9 images are of either superclass: all of 4 drawn are of one in 2 C(9, 4) of C(18, 4) draws
  t.ok(Math.abs(rows[0].purityP - (2 * 126) / 3060) < 1e-12, `${rows[0].purityP}`)
  const of = (one: readonly number[]) => one.map((label) => superclasses[label])
  const named = await coherenceOf(
    ranksOf(
      [
        [0, 9],
        [4, 9],
      ],
      ends.map(({ top, bottom }) => ({ top: of(top), bottom: of(bottom) })),
    ),
    options,
  )
  t.same(
    rows,
    named.map((row) => ({ ...row, grouping: 'superclass' })),
  )
  t.ok(named.every(({ grouping }) => grouping === 'class'))
  await t.rejects(coherenceOf(ranksOf([...labels, [3, 1]], ends), { superclasses }), {
    code: 'bad-data',
    message: /superclasses: expected one from 0 of each label, got none of label 3/,
  })
  await t.rejects(coherenceOf(ranksOf([...labels, [6, 1]], ends), { superclasses }), /none of label 6/)
})

t.test('the better of both ends, against permutations of which the better end counts', async (t) => {
  const labels: LabelCounts = [
    [0, 5],
    [5, 4],
    [7, 3],
  ]
  const all = labels.flatMap(([label, count]) => Array<number>(count).fill(label))
  const permutations = 40_000
  // of 12 images 3 at either end, and 7, of which two are at both
  for (const k of [3, 7]) {
    const drawn = [...subsets(all.length, k)].flatMap((top) => {
      const others = all.map((_, at) => at).filter((at) => !top.includes(at))
      const shared = k - others.length
      const bottoms =
        shared > 0
          ? [...subsets(k, shared)].map((both) => [...others, ...both.map((at) => top[at])])
          : [...subsets(others.length, k)].map((chosen) => chosen.map((at) => others[at]))
      return bottoms.map((bottom) => [top, bottom].map((places) => alike(places.map((at) => all[at]))))
    })
    const better = drawn.map(([a, b]) => ({
      purity: Math.max(a.purity, b.purity),
      entropy: Math.min(a.entropy, b.entropy),
    }))
    const share = (as: (one: (typeof better)[number]) => boolean) => better.filter(as).length / better.length
    const tops = [...new Map([...subsets(12, k)].map((at) => [at.map((i) => all[i]).join(), at])).values()]
    const ends = tops.map((places) => {
      const top = places.map((at) => all[at])
      const others = all.filter((_, at) => !places.includes(at))
      // from the end inwards: those that are at both ends are the last of either
      return { top, bottom: [...others, ...top.toReversed()].slice(0, k) }
    })
    // of all images those at the bottom follow those at the top that are not among them
    const listed = ends.map(({ top, bottom }) =>
      k > 6 ? { top: [...top, ...bottom.slice(0, 12 - k).toReversed()] } : { top, bottom },
    )
    const options = { k: [k], permutations, ends: ['better', 'top', 'bottom'] } as const
    const found = await coherenceOf(ranksOf(labels, listed), options)
    const rows = found.filter(({ end }) => end === 'better')
    rows.forEach(({ purity, entropy }, i) => {
      const [top, bottom] = found.slice(3 * i + 1, 3 * i + 3)
      t.same([purity, entropy], [Math.max(top.purity, bottom.purity), Math.min(top.entropy, bottom.entropy)])
    })
    const deviations = rows.flatMap(({ purity, entropy, purityP, entropyP }) => {
      const rounded = Number(entropy.toFixed(9))
      const exact = [share((one) => one.purity >= purity), share((one) => one.entropy <= rounded)]
      return [purityP, entropyP].map((p, i) => (p - exact[i]) / (Math.sqrt(exact[i] / permutations) + 1e-12))
    })
    const largest = Math.max(...deviations.map(Math.abs))
    t.ok(largest < 5, `k = ${k}: within ${largest.toFixed(1)} standard errors`)
  }
  t.throws(() => coherence({ ends: ['middle' as 'top'] }), {
    code: 'bad-option',
    message: /top, bottom, better/,
  })

  // an end that is tied is none; of the control it is the better of a sample and the next
  const tied = ranksOf(TEN, [{ top: [1, 1, 1, 2], bottom: [1, 1, 1, 1] }])
  const flat = {
    ...tied,
    value: Float64Array.from([9, 8, 7, 6, 5, 5, 5, 5]),
    tied: Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1),
  }
  const [own, first] = await coherenceOf(flat, { k: [4], ends: ['better', 'top'] })
  t.same({ ...own, end: 'top' }, first)
  const samples = ranksOf(TEN, [{ top: [1, 1, 2, 3] }, { top: [4, 4, 4, 5] }, { top: [1, 2, 3, 4] }])
  const control = await coherenceOf(
    { ...samples, basis: 'uniform', value: samples.value.fill(NaN) },
    { k: [4], ends: ['better'] },
  )
  t.same(
    control.map(({ label, purity }) => [label, purity]),
    [
      [4, 0.75],
      [4, 0.75],
      [1, 0.5],
    ],
  )
})

/** Images whose activations and labels are random and have nothing to do with each other. */
function meaningless(n: number, units: number): Image[] {
  const random = randomFor(5, 'meaningless')
  return Array.from({ length: n }, (_, index) => ({
    dataset: 'd',
    split: 'test',
    index,
    label: Math.floor(10 * random.uniform() ** 1.5),
    x: Array.from({ length: units }, () => random.gaussian()),
  }))
}

const coherences = async (images: readonly Image[], ranking: RankOptions, options?: CoherenceOptions) =>
  (await lastValueFrom(streamOf(images).pipe(rank(ranking), coherence(options), toArray()))).flat()

t.test('where nothing is coherent, 5 % are at 5 %', async (t) => {
  const directions = 1000
  const rows = await coherences(
    meaningless(600, 3),
    { basis: 'gaussian', count: directions, top: 32 },
    { k: [8, 32] },
  )
  for (const k of [8, 32]) {
    const uniform = rows.filter((row) => row.basis === 'uniform' && row.k === k)
    t.same([uniform.length, uniform.some(({ end }) => end === 'bottom')], [directions, false])
    for (const name of ['purityP', 'entropyP'] as const) {
      const values = uniform.map((row) => row[name])
      // directions are independent samples: four standard errors of a share
      for (const level of [0.01, 0.05, 0.2, 0.5]) {
        const share = values.filter((p) => p <= level).length / directions
        const room = 4 * Math.sqrt((level * (1 - level)) / directions)
        t.ok(share <= level + room, `k = ${k}, ${name}: ${share} at ${level}`)
        // the entropy of 32 has many values, so that the share is nearly reached
        if (k === 32 && name === 'entropyP') t.ok(share >= 0.9 * level - room, `${share} at ${level}`)
      }
    }
  }
  // in three dimensions there are few directions, but none is more coherent than chance
  const gaussian = rows.filter(({ basis, k, end }) => basis === 'gaussian' && k === 32 && end === 'top')
  t.ok(gaussian.filter(({ entropyP }) => entropyP <= 0.05).length < 0.25 * directions)
})

t.test(
  'sizes: those that are kept, of short streams too; the bottom is the top of the opposite',
  async (t) => {
    const images = meaningless(150, 5)
    const own = (sign: number) => ({
      name: `times ${sign}`,
      units: 5,
      directions: Float64Array.from({ length: 15 }, (_, i) => sign * Math.sin(i + 1)),
    })
    const basis = [own(1), own(-1)]
    const rows = await coherences(images, { basis, top: 64, control: false }, { permutations: 99 })
    const shown = (name: string, end: End) =>
      rows
        .filter((row) => row.basis === name && row.end === end)
        .map((row) => ({ ...row, basis: '', end: '' }))
    t.same(shown('times 1', 'bottom'), shown('times -1', 'top'))
    t.same(shown('times -1', 'bottom'), shown('times 1', 'top'))
    t.notSame(shown('times 1', 'bottom'), shown('times 1', 'top'))
    const sizes = (of: readonly Coherence[]) =>
      ENDS.map((end) => of.filter((row) => row.end === end && row.direction === 0).map(({ k }) => k))
    t.same(sizes(rows.slice(0, rows.length / 2)), [
      [4, 8, 16, 64],
      [4, 8, 16, 64],
    ])
    const few = { basis: basis.slice(0, 1), control: false }
    const short = async (n: number, top: number, k?: number[]) =>
      sizes(await coherences(images.slice(0, n), { ...few, top }, { permutations: 9, k }))
    // more than one end and less than both: an image is at both
    t.same(await short(100, 64), [
      [4, 8, 16, 64],
      [4, 8, 16, 64],
    ])
    t.same(await short(150, 15), [
      [4, 8],
      [4, 8],
    ])
    t.same(await short(10, 64), [
      [4, 8],
      [4, 8],
    ])
    t.same(await short(10, 64, [10, 11]), [[10], [10]])
    t.same(await short(3, 64), [[], []])
    const all = await coherences(images.slice(0, 10), { ...few, top: 64 }, { k: [10], permutations: 9 })
    t.ok(
      all.every(({ purityP, entropyP }) => purityP === 1 && entropyP === 1),
      'of all images there is but one draw',
    )
    await t.rejects(short(150, 15, [8, 16]), {
      code: 'bad-option',
      message: /k of basis times 1: expected at most the 15 .* got 16; .*top of 16/,
    })
  },
)

t.test('calls and ranks that make no sense', async (t) => {
  const refused: [CoherenceOptions, RegExp][] = [
    [{ k: [0] }, /k: .* got 0/],
    [{ k: [4, 2.5] }, /k: .* got 2.5/],
    [{ permutations: 0 }, /permutations: .* got 0/],
  ]
  for (const [options, message] of refused)
    t.throws(() => coherence(options), { code: 'bad-option', message })
  const batch = ranksOf(TEN, [{ top: [1, 1, 2, 3] }, { top: [1, 2, 3, 4] }])
  await t.rejects(coherenceOf({ ...batch, labels: [] }), {
    code: 'bad-data',
    message: /1000 images, got those of 0/,
  })
  const options = { k: [4], permutations: 9 }
  const arrow = TABLES.ranks.toArrow(batch)
  const read = (from: number, to: number) =>
    coherenceOf(TABLES.ranks.fromArrow(arrow.slice(from, to))[0], options)
  t.same([...(await read(0, 4)), ...(await read(4, 8))], await coherenceOf(batch, options), 'read back')
  await t.rejects(read(2, 8), {
    code: 'bad-data',
    message: /direction 0 of basis made in a batch: expected .* rank 1, got rank 3/,
  })
  await t.rejects(read(0, 6), { code: 'bad-option', message: /2 images that are kept/ })
})

const CLASSES = 40
const EACH = 25

/**
 * A network that has a detector for each class, as `detectors`, and those turned by a rotation Q, as `rotated`:
 * h = relu(x − ¼), g = hQ.
 */
function planted(): { readonly classifier: Classifier; readonly Q: Float64Array } {
  const Q = rotationDirections(CLASSES, CLASSES, 3)
  const identity = tf.tidy(() => tf.keep(tf.eye(CLASSES)))
  const network = denseNetwork(
    [CLASSES],
    [
      { kind: 'linear', kernel: identity, bias: tf.tensor1d(new Float32Array(CLASSES).fill(-0.25)) },
      { kind: 'activation', name: 'detectors', activation: 'relu' },
      {
        kind: 'linear',
        name: 'rotated',
        kernel: tf.tensor2d(Float32Array.from(Q), [CLASSES, CLASSES]),
        bias: tf.zeros([CLASSES]),
      },
    ],
  )
  return { classifier: classifierOf('planted', 'hash', network), Q }
}

/** A pixel for each class, bright in the images of the class; the others are grey. */
function plantedImages(batchSize: number): ImageBatch[] {
  const random = randomFor(6, 'planted')
  const all = Array.from({ length: CLASSES * EACH }, (_, index) => {
    const label = (index * 7) % CLASSES
    const pixels = Array.from(
      { length: CLASSES },
      (_, c) => (c === label ? 0.9 : 0.6) + 0.1 * random.uniform(),
    )
    // the other classes' pixels are anything up to nearly as bright: what a direction sums up beside its best class
    return {
      index,
      label,
      pixels: pixels.map((value, c) => (c === label ? value : value * random.uniform())),
    }
  })
  return Array.from({ length: Math.ceil(all.length / batchSize) }, (_, i) => {
    const rows = all.slice(i * batchSize, (i + 1) * batchSize)
    return {
      dataset: 'planted',
      split: 'test',
      shape: [1, CLASSES, 1],
      index: Int32Array.from(rows, ({ index }) => index),
      label: Int32Array.from(rows, ({ label }) => label),
      pixels: Float32Array.from(rows.flatMap(({ pixels }) => pixels)),
    }
  })
}

t.test('units that detect classes win; of the same network rotated the rotation back does', async (t) => {
  const { classifier, Q } = planted()
  t.teardown(() => classifier.dispose())
  const back = { name: 'back', units: CLASSES, directions: Q }
  const purities = async (layer: string, seed: number) => {
    const rows = await lastValueFrom(
      stream(() => plantedImages(64)).pipe(
        activations(classifier, layer),
        rank({ basis: ['unit', 'rotation', 'gaussian', back], top: 16, seed }),
        coherence({ k: [16], permutations: 999 }),
        toArray(),
      ),
    )
    const top = rows.flat().filter(({ end }) => end === 'top')
    return Object.fromEntries(
      ['unit', 'rotation', 'gaussian', 'back', 'uniform'].map((basis) => {
        const own = top.filter((row) => row.basis === basis)
        const mean = (of: (row: Coherence) => number) =>
          own.reduce((sum, row) => sum + of(row), 0) / own.length
        return [
          basis,
          { purity: mean(({ purity }) => purity), beyond: mean(({ purityP }) => (purityP <= 0.05 ? 1 : 0)) },
        ]
      }),
    )
  }
  const [straight, rotated] = [await purities('detectors', 1), await purities('rotated', 1)]
  t.comment(straight, rotated)
  t.same(
    [straight['unit'], rotated['back']],
    [
      { purity: 1, beyond: 1 },
      { purity: 1, beyond: 1 },
    ],
  )
  for (const [where, found, losers] of [
    ['detectors', straight, ['rotation', 'gaussian', 'back']],
    ['rotated', rotated, ['unit', 'rotation', 'gaussian']],
  ] as const)
    for (const basis of losers)
      t.ok(found[basis].purity > found['uniform'].purity && found[basis].purity < 0.6, `${where}: ${basis}`)
  // h Q along a row of Q is h along a unit
  const firsts = async (layer: string, basis: string) => {
    const ranks = await lastValueFrom(
      stream(() => plantedImages(100)).pipe(
        activations(classifier, layer),
        rank({ basis: ['unit', back], top: 16, control: false }),
        toArray(),
      ),
    )
    const found = ranks.find((batch) => batch.basis === basis)
    return found?.label.filter((_, i) => found.rank[i] <= 16)
  }
  t.same(await firsts('rotated', 'back'), await firsts('detectors', 'unit'))
  t.ok(straight['uniform'].purity < 0.2 && straight['uniform'].beyond < 0.2)
})

t.test('ties that the index decides are told, and left out of the statistics', async (t) => {
  // sorted by class, as folders of images are: a dead unit's first and last images are of one class by their index alone
  const n = 1000
  const units = 3
  const values = Float32Array.from({ length: n * units }, (_, at) => {
    const image = Math.floor(at / units)
    // dead; alive; alive for 8 images and otherwise dead
    return [0, Math.fround(Math.sin(image)), image % 125 === 0 ? image : 0][at % units]
  })
  const batch: ActivationBatch = {
    ...({ model: 'm', layer: 'l', side: 'post', pool: 'none', dataset: 'd', split: 'test' } as const),
    index: Int32Array.from({ length: n }, (_, i) => i),
    label: Int32Array.from({ length: n }, (_, i) => Math.floor(i / 100)),
    values,
  }
  for (const top of [8, 64, 2000]) {
    const rows = await lastValueFrom(of(batch).pipe(rank({ top, control: false }), coherence({ k: [4, 8] })))
    t.same(
      rows.map(({ direction, end, k, tied }) => `${direction} ${end} ${k} ${tied}`),
      [
        ...['0 top 4 true', '0 bottom 4 true', '0 top 8 true', '0 bottom 8 true'],
        ...['1 top 4 false', '1 bottom 4 false', '1 top 8 false', '1 bottom 8 false'],
        // image 0 of the eight has the value 0, too
        ...['2 top 4 false', '2 bottom 4 true', '2 top 8 true', '2 bottom 8 true'],
      ],
      `of ${top}`,
    )
    t.same(
      basisCoherence(rows).map(({ end, k, purity, tied }) => [end, k, purity.n, tied]),
      [
        ['top', 4, 2, 1],
        ['bottom', 4, 1, 2],
        ['top', 8, 1, 2],
        ['bottom', 8, 1, 2],
      ],
    )
  }
})
