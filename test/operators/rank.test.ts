import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { firstValueFrom, lastValueFrom, toArray, type Observable } from 'rxjs'
import t from 'tap'
import { randomFor } from '../../operators/random.js'
import { rank, type RankOptions } from '../../operators/rank.js'
import { gaussianDirections, rotationDirections } from '../../operators/ranking/basis.js'
import { SecondMoments } from '../../operators/ranking/principal.js'
import type { ActivationBatch } from '../../operators/records/activation.js'
import type { RankBatch } from '../../operators/records/rank.js'
import { stream } from '../../operators/flow/stream.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { tf } from '../../operators/tensor/tf.js'
import {
  activationBatches,
  bruteForce,
  rankRows,
  rowsOfMatrix,
  streamOf,
  type Image,
  type Order,
  type RankRow,
} from '../oracle/ranking.js'
import { bytesOf } from '../sinks/records.js'

await useBackend()

const UNITS = 24
const units = (n: number) => Array.from({ length: n }, (_, i) => unit(n, i))
const unit = (n: number, at: number) => Float64Array.from({ length: n }, (_, i) => (i === at ? 1 : 0))

/**
 * Images of two data sets, one with two splits. Activations like those of a ReLU, multiples of 1/16, more than half of
 * them 0, so that there are many exact ties; every seventh image has the activations of the one before.
 */
function tiedImages(n: number): Image[] {
  const random = randomFor(3, 'tied')
  let x: number[] = []
  return Array.from({ length: n }, (_, i) => {
    if (i % 7 !== 6)
      x = Array.from({ length: UNITS }, () => Math.max(0, Math.round(16 * (random.gaussian() - 0.3)) / 16))
    const [dataset, split] = (['b test', 'a train', 'a test'] as const)[i % 3].split(' ')
    // an index may be in every split, and comes in no order
    return { dataset, split, index: (i * 5) % 521, label: i % 4, x: [...x] }
  })
}

const ranked = (images: readonly Image[], options: RankOptions, order?: Order) =>
  lastValueFrom(streamOf(images, order).pipe(rank(options), toArray()))

async function rankedBy(images: readonly Image[], options: RankOptions, order?: Order) {
  const batches = await ranked(images, options, order)
  return new Map(batches.map((batch) => [batch.basis, batch]))
}

function basisOf(batches: ReadonlyMap<string, RankBatch>, basis: string): RankBatch {
  const found = batches.get(basis)
  if (found === undefined) throw new Error(`no basis ${basis}, only ${[...batches.keys()].join(', ')}`)
  return found
}

/** The first rows that are not as expected, and the largest difference of the values in units of the largest. */
function against(rows: readonly RankRow[], expected: readonly RankRow[]) {
  const scale = expected.reduce((most, { value }) => Math.max(most, Math.abs(value)), 1e-300)
  const place = ({ direction, rank, id, label }: RankRow) => `${direction}: ${rank}. ${id} (${label})`
  const differing = expected.flatMap((row, i) => {
    const found = i < rows.length ? place(rows[i]) : 'none'
    return found === place(row) ? [] : [`${place(row)}, not ${found}`]
  })
  return {
    wrong:
      rows.length === expected.length ? differing.slice(0, 5) : [`${rows.length} of ${expected.length} rows`],
    off: rows.reduce((most, { value }, i) => Math.max(most, Math.abs(value - expected[i].value) / scale), 0),
  }
}

const INTEGERS = Float32Array.from({ length: 5 * UNITS }, (_, i) => ((i * 7) % 5) - 2)
const own = { name: 'own', units: UNITS, directions: INTEGERS }

t.test('the same rows as sorting everything, whatever the batches and their order', async (t) => {
  const options = {
    basis: ['unit', 'gaussian', 'rotation', own, 'principal'],
    top: 20,
    seed: 5,
  } as const
  // more than both ends, fewer than both, fewer than one, one
  for (const n of [130, 31, 13, 1]) {
    const images = tiedImages(n)
    const batches = await rankedBy(images, options)
    t.same([...batches.keys()], ['unit', 'gaussian', 'rotation', 'own', 'principal', 'uniform'])
    const bases = {
      unit: units(UNITS),
      gaussian: rowsOfMatrix(gaussianDirections(UNITS, UNITS, 5), UNITS),
      rotation: rowsOfMatrix(rotationDirections(UNITS, UNITS, 5), UNITS),
      own: rowsOfMatrix(INTEGERS, UNITS),
    }
    for (const [basis, directions] of Object.entries(bases)) {
      const rows = rankRows(basisOf(batches, basis))
      const { wrong, off } = against(rows, bruteForce(images, directions, 20))
      t.same(wrong, [], `${n} images, ${basis}`)
      // sums of multiples of 1/16 are exact
      t.ok(
        off <= (basis === 'unit' || basis === 'own' ? 0 : 1e-14),
        `${n} images, ${basis}: values within ${off}`,
      )
    }
    const first = [...batches.values()]
    t.same(
      first.map(({ images, labels }) => [images, labels.map(([label, count]) => [label, count])]),
      first.map(() => [
        n,
        [0, 1, 2, 3]
          .map((label) => [label, images.filter((image) => image.label === label).length])
          .filter(([, count]) => count > 0),
      ]),
    )
    const expected = [false, true].map(async (center) =>
      (await ranked(images, { ...options, center })).map(bytesOf),
    )
    for (const batchSize of [1, 3, 8, 100])
      for (const shuffle of [undefined, batchSize])
        for (const [i, center] of [false, true].entries()) {
          const order = shuffle === undefined ? { batchSize } : { batchSize, shuffle }
          const again = await ranked(images, { ...options, center }, order)
          t.same(
            again.map(bytesOf),
            await expected[i],
            `${n} in batches of ${batchSize}, ${shuffle ?? 'in order'}`,
          )
        }
  }
})

t.test('numbers of any size in one stream', async (t) => {
  const random = randomFor(4, 'sizes')
  const size = () => (random.uniform() < 0.5 ? -1 : 1) * 10 ** (60 * random.uniform() - 30)
  const images = Array.from({ length: 300 }, (_, index): Image => ({
    dataset: 'sizes',
    split: 'test',
    index,
    label: index % 3,
    // of every tenth a sum in float32 overflows, of every tenth nothing is normal
    x: Float32Array.from({ length: UNITS }, (_, i) =>
      index % 10 === 3 ? ((i + index) % 4 === 0 ? -3e38 : 3e38) : index % 10 === 7 ? size() * 1e-41 : size(),
    ),
  }))
  const bySize = [...images].sort((a, b) => Math.abs(a.x[0]) - Math.abs(b.x[0]))
  const matrix = (scale: number) => Float64Array.from({ length: 3 * UNITS }, () => scale * random.gaussian())
  const matrices = [1, 1e-42, 1e-60, 1e36, 1e60].map((scale) => ({
    name: `matrix of ${scale}`,
    units: UNITS,
    directions: matrix(scale),
  }))
  matrices.push({
    name: 'both',
    units: UNITS,
    directions: Float64Array.from([...matrix(1e-60), ...matrix(1e60)]),
  })
  const options = { basis: ['unit', 'gaussian', ...matrices], count: 3, top: 12, control: false } as const
  const directions = new Map([
    ['unit', units(UNITS).slice(0, 3)],
    ['gaussian', rowsOfMatrix(gaussianDirections(UNITS, 3, 1), UNITS)],
    ...matrices.map(({ name, directions }) => [name, rowsOfMatrix(directions, UNITS)] as const),
  ])
  // terms that cancel: summed in the library's order, over eight lanes, of which first every other one
  const product = (x: ArrayLike<number>, v: ArrayLike<number>) => {
    const lanes = new Float64Array(8)
    for (let i = 0; i < UNITS; i++) lanes[i % 8] += x[i] * v[i]
    const half = (i: number) => lanes[i] + lanes[i + 2] + (lanes[i + 4] + lanes[i + 6])
    return half(0) + half(1)
  }
  for (const order of [images, bySize, bySize.toReversed()]) {
    const batches = await rankedBy(order, options, { batchSize: 64 })
    for (const [basis, vectors] of directions) {
      const rows = rankRows(basisOf(batches, basis))
      t.same(against(rows, bruteForce(images, vectors, 12, product)), { wrong: [], off: 0 }, basis)
    }
    const [centered] = await ranked(order, { ...options, center: true }, { batchSize: 7 })
    t.ok(centered.value.every(Number.isFinite))
  }
  const x = images[0].x
  const v = matrices[0].directions.subarray(0, UNITS)
  const plain = Array.from(x).reduce((sum, value, i) => sum + value * v[i], 0)
  t.ok(Math.abs(product(x, v) / plain - 1) < 1e-12)
})

/** Largest distance of the distribution of some values from F. */
function kolmogorov(values: readonly number[], F: (x: number) => number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted.reduce(
    (most, x, i) => Math.max(most, F(x) - i / sorted.length, (i + 1) / sorted.length - F(x)),
    0,
  )
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

t.test('of many units, as all positions of a convolution are, each is ranked', async (t) => {
  const units = 20_000
  const images = Array.from({ length: 3 }, (_, index) => ({
    ...{ dataset: 'made', split: 'test', index, label: 0 },
    x: Float32Array.from({ length: units }, (_, unit) => (index + unit) % 3),
  }))
  const [{ direction, rank: ranks, index, value }] = await ranked(images, { top: 1, control: false })
  t.equal(ranks.filter((rank) => rank === 1).length, units)
  // (index + unit) mod 3 is 2 of the first and 0 of the last one
  const wrong = ranks.filter((rank, i) => {
    const expected = rank === 1 ? 2 : 0
    return value[i] !== expected || (index[i] + direction[i]) % 3 !== expected
  })
  t.equal(wrong.length, 0)
  // as many Gaussian directions would be 3.2 GB
  await t.rejects(ranked(images, { basis: 'gaussian', top: 1, control: false }), {
    code: 'bad-option',
    message: /20000 directions of 20000 units .* do not fit into memory/,
  })
})

t.test('rotations are orthonormal and uniform over all rotations', (t) => {
  for (const n of [1, 2, 24, 150]) {
    const rows = rowsOfMatrix(rotationDirections(n, n, 11), n)
    let off = 0
    for (const [i, a] of rows.entries())
      for (const [j, b] of rows.entries())
        off = Math.max(off, Math.abs(a.reduce((sum, value, k) => sum + value * b[k], i === j ? -1 : 0)))
    t.ok(off < 1e-12, `QQᵀ of ${n} within ${off}`)
    const random = randomFor(1, 'energy')
    const x = Float64Array.from({ length: n }, () => random.uniform())
    const energy = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, value) => sum + value * value, 0)
    const kept = energy(rows.map((v) => v.reduce((sum, value, k) => sum + value * x[k], 0))) / energy(x)
    t.ok(Math.abs(kept - 1) < 1e-12, `energy of ${n} times ${kept}`)
  }

  // an entry squared is Beta(1/2, (n − 1)/2): in three dimensions entries are uniform, in four (1 − x²)^½
  const F = {
    3: (x: number) => (x + 1) / 2,
    4: (x: number) => 0.5 + (x * Math.sqrt(1 - x * x) + Math.asin(x)) / Math.PI,
  }
  for (const n of [3, 4] as const) {
    const many = Array.from({ length: 2000 }, (_, seed) => rotationDirections(n, n, seed))
    // 1.95 / √2000: once in a thousand it is larger
    const distances = Array.from({ length: n * n }, (_, at) =>
      kolmogorov(
        many.map((q) => q[at]),
        F[n],
      ),
    )
    t.ok(
      Math.max(...distances) < 0.0436,
      `entries of ${n}: distances ${distances.map((d) => d.toFixed(3)).join(' ')}`,
    )
    const determinants = many.map((q) => determinant(rowsOfMatrix(q, n)))
    t.ok(determinants.every((value) => Math.abs(Math.abs(value) - 1) < 1e-12))
    const turns = determinants.filter((value) => value > 0).length
    t.ok(Math.abs(turns - 1000) < 4 * Math.sqrt(500), `${turns} of 2000 do not reflect`)
    // Weingarten: E q₁₁² q₂₂² = (n + 1) / (n (n − 1)(n + 2)); its deviation is below 1/4
    const second = meanOf(many.map((q) => q[0] ** 2 * q[n + 1] ** 2))
    t.ok(Math.abs(second - (n + 1) / (n * (n - 1) * (n + 2))) < 0.012, `E q₁₁² q₂₂² ${second}`)
  }
  const n = 200
  const entries = Array.from(rotationDirections(n, n, 2))
  const moments = [1, 2, 3, 4].map((power) => meanOf(entries.map((q) => (Math.sqrt(n) * q) ** power)))
  // rows of unit length make the second exact
  t.ok(
    Math.abs(moments[0]) < 0.02 &&
      Math.abs(moments[1] - 1) < 1e-12 &&
      Math.abs(moments[2]) < 0.06 &&
      Math.abs(moments[3] - (3 * n) / (n + 2)) < 0.08,
    `moments of the entries ${moments.join(', ')}`,
  )
  t.end()
})

function determinant([first, ...rest]: readonly Float64Array[]): number {
  if (rest.length === 0) return first[0]
  return Array.from(first).reduce((sum, value, at) => {
    const minor = rest.map((row) => row.filter((_, k) => k !== at))
    return sum + (at % 2 === 0 ? value : -value) * determinant(minor)
  }, 0)
}

t.test('Gaussian directions are uniform on the sphere; a direction is the same whatever the count', (t) => {
  const n = 3
  const many = rowsOfMatrix(gaussianDirections(n, 6000, 9), n)
  const lengths = many.map((v) => Math.hypot(...v))
  t.ok(lengths.every((length) => Math.abs(length - 1) < 1e-15))
  const distances = [0, 1, 2].map((at) =>
    kolmogorov(
      many.map((v) => v[at]),
      (x) => (x + 1) / 2,
    ),
  )
  t.ok(Math.max(...distances) < 1.95 / Math.sqrt(6000), `distances ${distances.join(' ')}`)
  const products = [0, 1, 2].map((at) => meanOf(many.map((v) => v[at] * v[(at + 1) % 3])))
  t.ok(Math.max(...products.map(Math.abs)) < 0.014, `correlations ${products.join(' ')}`)

  for (const draw of [gaussianDirections, rotationDirections]) {
    const all = draw(UNITS, UNITS, 1)
    t.same(draw(UNITS, 5, 1), all.slice(0, 5 * UNITS), `the first five, of ${draw.name}`)
    const others = [draw(UNITS, UNITS, 2), draw(UNITS + 1, UNITS, 1)].map((other) =>
      other.slice(0, UNITS).some((value) => Math.abs(value) > 0.05 && all.includes(value)),
    )
    t.same(others, [false, false], 'another seed, another layer: others')
  }
  t.notSame(gaussianDirections(UNITS, 1, 1), rotationDirections(UNITS, 1, 1))
  t.end()
})

/** Activations of some decades of variance along directions askew, all positive. */
function correlatedImages(n: number, scale = 1): Image[] {
  const random = randomFor(8, 'correlated')
  const axes = rowsOfMatrix(rotationDirections(UNITS, UNITS, 77), UNITS)
  return Array.from({ length: n }, (_, index) => {
    const x = new Float64Array(UNITS).fill(2)
    for (const [i, axis] of axes.entries()) {
      const along = 0.85 ** i * random.gaussian()
      for (let k = 0; k < UNITS; k++) x[k] += along * axis[k]
    }
    return {
      dataset: 'c',
      split: 'test',
      index,
      label: index % 5,
      x: Float32Array.from(x, (value) => value * scale),
    }
  })
}

/** Mean, and second moments about it or about 0, in float64. */
function momentsOf(images: readonly Image[], centered: boolean) {
  const n = images.length
  const mean = Array.from({ length: UNITS }, (_, i) => meanOf(images.map(({ x }) => x[i])))
  const about = mean.map((value) => (centered ? value : 0))
  const second = about.map((a, i) =>
    about.map((b, j) => images.reduce((sum, { x }) => sum + (x[i] - a) * (x[j] - b), 0) / n),
  )
  return { mean, second }
}

t.test('center: no rank changes, each value is less by the mean', async (t) => {
  const images = [...tiedImages(200), ...correlatedImages(100)]
  const options = { basis: ['unit', 'gaussian', 'rotation', own], top: 30 } as const
  const [plain, centered] = await Promise.all(
    [false, true].map((center) => ranked(images, { ...options, center }, { batchSize: 13 })),
  )
  t.same(plain.map(({ centered }) => centered).concat(centered.map((batch) => batch.centered)), [
    ...plain.map(() => false),
    ...plain.map(() => true),
  ])
  const without = (batch: RankBatch) => bytesOf({ ...batch, run: '', value: 0, centered: 0 })
  t.same(centered.map(without), plain.map(without))
  t.same(
    centered.map(({ value }) => value),
    plain.map(({ value, mean }) => value.map((one, i) => one - mean[i])),
  )
  const { mean } = momentsOf(images, true)
  const [ofUnit, ...others] = plain
  const directions = [
    units(UNITS),
    ...[gaussianDirections, rotationDirections].map((draw) => rowsOfMatrix(draw(UNITS, UNITS, 1), UNITS)),
    rowsOfMatrix(INTEGERS, UNITS),
  ]
  const off = [ofUnit, ...others].slice(0, 4).map((batch, b) =>
    batch.mean.reduce((most, value, i) => {
      const exact = directions[b][batch.direction[i]].reduce((sum, v, k) => sum + v * mean[k], 0)
      return Math.max(most, Math.abs(value - exact))
    }, 0),
  )
  // 2^-26 of the largest activation, 30, at worst
  t.ok(Math.max(...off) < 5e-7, `means within ${off.join(', ')}`)
  t.ok(
    plain[4].basis === 'uniform' && plain[4].mean.every(Number.isNaN) && plain[4].value.every(Number.isNaN),
  )
})

t.test('principal directions are those of the covariance', async (t) => {
  const images = correlatedImages(400)
  for (const center of [false, true]) {
    const { second, mean } = momentsOf(images, center)
    const trace = second.reduce((sum, row, i) => sum + row[i], 0)
    const moments = new SecondMoments()
    for (const batch of activationBatches(images, { batchSize: 77 })) moments.add(batch)
    const directions = rowsOfMatrix(moments.components(UNITS, center), UNITS)
    const of = (v: Float64Array) => second.map((row) => row.reduce((sum, value, k) => sum + value * v[k], 0))
    const variances = directions.map((v) => of(v).reduce((sum, value, k) => sum + value * v[k], 0))
    const residual = directions.reduce(
      (most, v, i) => Math.max(most, ...of(v).map((value, k) => Math.abs(value - variances[i] * v[k]))),
      0,
    )
    t.ok(residual < 1e-6 * variances[0], `residual ${residual} of ${variances[0]}`)
    t.same(
      variances,
      variances.toSorted((a, b) => b - a),
    )
    t.ok(
      directions.every((v) => Math.max(...v) === Math.max(...v.map(Math.abs))),
      'the largest entry is positive',
    )

    // what rank makes of it, by its own rows alone: all images along all directions
    const batches = await rankedBy(
      images,
      { basis: ['principal', 'unit'], top: 400, center },
      { batchSize: 90 },
    )
    const rows = rankRows(basisOf(batches, 'principal'))
    t.equal(rows.length, 400 * UNITS)
    const values = Array.from({ length: UNITS }, () => new Float64Array(400))
    for (const { direction, id, value } of rows) values[direction][Number(id.split(' ')[2])] = value
    const products = values.map((a) =>
      values.map((b) => a.reduce((sum, value, i) => sum + value * b[i], 0) / 400),
    )
    const across = products.flatMap((row, i) => row.filter((_, j) => j !== i).map(Math.abs))
    const energy = products.reduce((sum, row, i) => sum + row[i], 0)
    t.ok(
      Math.max(...across) < 1e-6 * variances[0] && Math.abs(energy / trace - 1) < 1e-6,
      `largest product ${Math.max(...across)}, energy ${energy} of ${trace}`,
    )
    const cosine = directions[0].reduce((sum, v, k) => sum + v * mean[k], 0) / Math.hypot(...mean)
    if (center) t.ok(Math.abs(cosine) < 0.9, `centred, the first is not the mean: ${cosine}`)
    else t.ok(cosine > 0.999, `uncentred, the first is nearly the mean: ${cosine}`)

    const expected = rows.map(({ direction, rank, id }) => `${direction} ${rank} ${id}`)
    for (const exponent of [-60, -30, 30, 60]) {
      const scaled = await rankedBy(correlatedImages(400, 2 ** exponent), {
        basis: 'principal',
        top: 400,
        center,
      })
      const places = rankRows(basisOf(scaled, 'principal')).map(
        ({ direction, rank, id }) => `${direction} ${rank} ${id}`,
      )
      const differing = places.filter((place, i) => place !== expected[i]).length
      // neighbours change places by the rounding of the moments
      t.ok(
        differing < 0.01 * places.length,
        `in units of 2^${exponent}: ${differing} of ${places.length} differ`,
      )
      const [wanted, found] = [batches, scaled].map((all) => basisOf(all, 'principal').mean)
      const off = found.reduce(
        (most, value, i) => Math.max(most, Math.abs(value / 2 ** exponent - wanted[i])),
        0,
      )
      // means are exact to 2^-41, whatever the unit
      if (exponent > -40) t.ok(off < 1e-4, `in units of 2^${exponent}: means within ${off}`)
    }
  }
  const count = await rankedBy(images, { basis: 'principal', count: 3, top: 5 })
  t.equal(basisOf(count, 'principal').direction.length, 3 * 10)
})

t.test('the control is a uniform sample of each direction, without replacement', async (t) => {
  const N = 120
  const K = 10
  const directions = 1000
  const images = Array.from({ length: N }, (_, i): Image => ({
    dataset: i < 50 ? 'a' : 'b',
    split: i % 2 === 0 ? 'test' : 'train',
    index: i < 60 ? i : 1_000_000 + 7 * i,
    label: 0,
    x: [i],
  }))
  const options = { basis: 'gaussian', count: directions, top: K } as const
  const control = async (order: Order, seed = 1) =>
    basisOf(await rankedBy(images, { ...options, seed }, order), 'uniform')
  const rows = rankRows(await control({ batchSize: 50 }))
  t.equal(rows.length, directions * K)
  const chosen = Array.from({ length: directions }, () => new Set<string>())
  const counts = new Map<string, number>()
  const firsts = new Map<string, number>()
  for (const { direction, rank, id } of rows) {
    chosen[direction].add(id)
    counts.set(id, (counts.get(id) ?? 0) + 1)
    if (rank === 1) firsts.set(id, (firsts.get(id) ?? 0) + 1)
  }
  t.ok(chosen.every(({ size }) => size === K))
  const chiSquare = (found: ReadonlyMap<string, number>, expected: number, variance: number) =>
    [...found.values(), ...Array<number>(N - found.size).fill(0)].reduce(
      (sum, count) => sum + (count - expected) ** 2 / variance,
      0,
    )
  const share = K / N
  // with N − 1 degrees of freedom: mean 119, deviation 15.4
  const inclusion = chiSquare(counts, directions * share, directions * share * (1 - share) * (N / (N - 1)))
  const first = chiSquare(firsts, directions / N, directions / N)
  t.ok(
    inclusion > 70 && inclusion < 181 && first > 70 && first < 181,
    `χ² ${inclusion}, of the first ${first}`,
  )
  // two samples share a hypergeometric number of images
  const shared = chosen.slice(1).map((set, i) => [...set].filter((id) => chosen[i].has(id)).length)
  const mean = meanOf(shared)
  const variance = meanOf(shared.map((count) => (count - mean) ** 2))
  const expected = (K * share * (1 - share) * (N - K)) / (N - 1)
  t.ok(
    Math.abs(mean - K * share) < 4 * Math.sqrt(expected / directions) &&
      Math.abs(variance / expected - 1) < 0.15,
    `neighbours share ${mean} ± ${Math.sqrt(variance)}`,
  )
  const same = [await control({ batchSize: 1, shuffle: 1 }), await control({ batchSize: 17, shuffle: 2 })]
  t.same(same.map(rankRows), [rows, rows])
  const other = rankRows(await control({}, 2))
  const agreeing = other.filter(({ id }, i) => id === rows[i].id).length
  t.ok(agreeing < 2 * (rows.length / N), `${agreeing} of ${rows.length} are the same with another seed`)
  t.notOk((await rankedBy(images, { ...options, control: false })).has('uniform'))
})

const one = (change: Partial<ActivationBatch> = {}): ActivationBatch => ({
  ...activationBatches(
    tiedImages(3).map((image, index) => ({ ...image, dataset: 'd', split: 'test', index: index + 40 })),
  )[0],
  ...change,
})

t.test('what cannot be ranked is an error that says why', async (t) => {
  const before = tf.memory().numTensors
  const spoilt = (value: number) => {
    const { values } = one()
    values[2 * UNITS + 17] = value
    return one({ values })
  }
  const rejects = async (
    batches: readonly ActivationBatch[],
    options: RankOptions,
    code: string,
    message: RegExp,
  ) => {
    await t.rejects(lastValueFrom(stream(() => batches).pipe(rank(options))), { code, message })
    t.equal(tf.memory().numTensors, before, 'no tensor is left')
  }
  for (const basis of ['unit', 'rotation', 'principal'] as const)
    for (const value of [NaN, Infinity, -Infinity])
      await rejects(
        [one(), one(), spoilt(value)],
        { basis: [basis, 'gaussian'] },
        'bad-data',
        new RegExp(
          `d test, image 42: layer hidden of network: expected finite activations, got ${value} of unit 17`,
        ),
      )
  const half = new Float32Array((3 * UNITS) / 2)
  await rejects([one(), one({ values: half })], {}, 'bad-data', /expected 24 units, as before, got 12/)
  await rejects([one(), one({ values: half })], { basis: 'principal' }, 'bad-data', /24 units, .* 12/)
  await rejects([one({ values: new Float32Array(50) })], {}, 'bad-data', /each of 3 images, got 50/)
  for (const [what, change] of [
    ['model', 'other'],
    ['layer', 'hidden2'],
    ['side', 'pre'],
    ['pool', 'max'],
  ] as const)
    await rejects(
      [one(), one({ [what]: change })],
      { basis: ['gaussian', 'principal'] },
      'bad-data',
      new RegExp(`from ${what} .* to ${change}`),
    )
  for (const basis of ['unit', 'rotation', 'principal'] as const)
    await rejects(
      [one()],
      { basis: ['gaussian', basis], count: 25 },
      'bad-option',
      new RegExp(`count of basis ${basis}: expected at most 24, .* got 25`),
    )
  const wide = { ...own, units: 30, directions: new Float32Array(60).fill(1) }
  await rejects(
    [one()],
    { basis: ['gaussian', wide] },
    'bad-option',
    /basis own: expected directions of 24 values, .* got 30/,
  )

  const changed = (at: number, value: number) => ({ ...own, directions: INTEGERS.with(at, value) })
  const zeros = { ...own, directions: INTEGERS.map((value, i) => (i >= 24 && i < 48 ? 0 : value)) }
  const refused: [RankOptions, RegExp][] = [
    [{ top: 0 }, /top: .* got 0/],
    [{ top: 1.5 }, /top: .* got 1.5/],
    [{ count: 0 }, /count: .* got 0/],
    [{ seed: 0.5 }, /seed: .* got 0.5/],
    [{ basis: [] }, /basis: .* got none/],
    [{ basis: 'pca' as 'principal' }, /unit, gaussian, rotation, principal .* got pca/],
    [{ basis: ['unit', 'unit'] }, /two bases are called unit/],
    [{ basis: [own, own] }, /two bases are called own/],
    [{ basis: { ...own, name: 'uniform' } }, /"uniform": .* taken/],
    [{ basis: { ...own, name: 'rotation' } }, /"rotation": .* taken/],
    [{ basis: { ...own, name: '' } }, /""/],
    [{ basis: { ...own, units: 25 } }, /directions of 25 values, got 120/],
    [{ basis: { ...own, units: 0.5 } }, /directions of 0.5/],
    [{ basis: { ...own, directions: new Float32Array(0) } }, /got 0 values/],
    [{ basis: changed(50, NaN) }, /"own": expected finite numbers.* direction 2/],
    [{ basis: changed(50, Infinity) }, /"own": expected finite numbers.* direction 2/],
    [{ basis: zeros }, /value other than 0 .* none in direction 1/],
    [
      { basis: { ...own, directions: Float64Array.from(INTEGERS, (value) => value * 1e200) } },
      /direction 0.*scale/,
    ],
    [
      { basis: { ...own, directions: Float64Array.from(INTEGERS, (value) => value * 1e-200) } },
      /direction 0.*scale/,
    ],
  ]
  for (const [options, message] of refused) t.throws(() => rank(options), { code: 'bad-option', message })

  t.same(await lastValueFrom(stream(() => []).pipe(rank({ basis: ['unit', 'principal'] }), toArray())), [])
  const none = one({ index: new Int32Array(0), label: new Int32Array(0), values: new Float32Array(0) })
  const rows = async (batches: ActivationBatch[], basis: 'unit' | 'principal') =>
    (await lastValueFrom(stream(() => batches).pipe(rank({ basis }), toArray()))).map(bytesOf)
  for (const basis of ['unit', 'principal'] as const)
    t.same(
      await rows([none, one(), none], basis),
      await rows([one()], basis),
      'batches without rows are nothing',
    )
})

t.test('a source for principal has to be there twice', async (t) => {
  const images = tiedImages(40)
  const batches = activationBatches(images, { batchSize: 8 })
  const left = [...batches]
  const once = stream(function* () {
    for (let batch = left.shift(); batch !== undefined; batch = left.shift()) yield batch
  })
  await t.rejects(lastValueFrom(once.pipe(rank({ basis: 'principal' }))), {
    code: 'bad-data',
    message: /twice, .* 40 images first and 0 then/,
  })
  let subscriptions = 0
  const growing = stream(() => batches.slice(subscriptions++))
  await t.rejects(lastValueFrom(growing.pipe(rank({ basis: ['gaussian', 'principal'] }))), {
    code: 'bad-data',
    message: /40 images first/,
  })
  const results = streamOf(images).pipe(rank({ basis: 'principal', top: 3 }), toArray())
  t.same(
    (await lastValueFrom(results)).map(bytesOf),
    (await lastValueFrom(results)).map(bytesOf),
    'subscribed again',
  )
})

t.test('unsubscribed in mid-flight, it stops the source and frees every tensor', async (t) => {
  const before = tf.memory().numTensors
  for (const basis of ['rotation', 'principal'] as const) {
    let produced = 0
    let passes = 0
    let open = 0
    let most = 0
    const source: Observable<ActivationBatch> = stream(async function* () {
      const last = basis === 'principal' && ++passes === 1 ? 5 : Infinity
      open++
      try {
        for (let i = 0; i < last; i++) {
          await turn()
          most = Math.max(most, tf.memory().numTensors)
          produced++
          yield one()
        }
      } finally {
        open--
      }
    })
    const seen: RankBatch[] = []
    const subscription = source
      .pipe(rank({ basis: [basis, 'gaussian'] }))
      .subscribe((batch) => seen.push(batch))
    while (produced < 20) await turn()
    subscription.unsubscribe()
    const atEnd = produced
    for (let turns = 0; turns < 10; turns++) await turn()
    t.ok(produced <= atEnd + 1, 'at most the one that was in the making')
    t.same([open, seen, tf.memory().numTensors], [0, [], before], basis)
    t.equal(most, before + 2, 'a matrix of each basis and nothing else between batches')
  }
  // whoever has the first basis need not wait for the others
  const [first] = await Promise.all([
    firstValueFrom(streamOf(tiedImages(9)).pipe(rank({ basis: ['gaussian', 'unit'] }))),
  ])
  for (let turns = 0; turns < 5; turns++) await turn()
  t.same([first.basis, tf.memory().numTensors], ['gaussian', before])
})

t.test('200 MB of activations in the memory of a few batches', async (t) => {
  setFlagsFromString('--expose-gc')
  setFlagsFromString('--no-concurrent-array-buffer-sweeping')
  const collect = runInNewContext('gc') as () => void
  const [width, rows, count] = [1024, 512, 100]
  const before = process.memoryUsage().arrayBuffers
  const tensors = tf.memory().numTensors
  const peak = { buffers: 0, bytes: 0, tensors: 0 }
  let total = 0
  const source = stream(function* () {
    for (let i = 0; i < count; i++) {
      if (i % 20 === 19) {
        collect()
        peak.buffers = Math.max(peak.buffers, process.memoryUsage().arrayBuffers - before)
        peak.tensors = Math.max(peak.tensors, tf.memory().numTensors - tensors)
      }
      const values = new Float32Array(rows * width)
      for (let at = 0; at < values.length; at += 97) values[at] = (i * 31 + at) % 101
      total += values.byteLength
      const index = Int32Array.from({ length: rows }, (_, row) => i * rows + row)
      yield one({ index, label: new Int32Array(rows), values })
    }
  })
  const [batch] = await lastValueFrom(source.pipe(rank({ basis: 'gaussian', count: 8, top: 16 }), toArray()))
  t.same([batch.images, total], [rows * count, 4 * rows * width * count])
  t.ok(peak.buffers < 16 * 2 ** 20, `${peak.buffers / 2 ** 20} MB cannot be collected`)
  t.equal(peak.tensors, 1)
})
