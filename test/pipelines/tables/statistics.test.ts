import t from 'tap'
import { randomFor } from '../../../operators/random.js'
import { bootstrapDifference, bootstrapMean } from '../../../pipelines/tables/bootstrap.js'
import {
  cliffsDelta,
  difference,
  holm,
  proportion,
  rate,
  type Estimate,
} from '../../../pipelines/tables/statistics.js'
import { permutationTest } from '../../../pipelines/tables/permutationTest.js'

t.test('Wilson intervals, against statsmodels', (t) => {
  // statsmodels.stats.proportion.proportion_confint(count, n, method='wilson')
  const expected: [number, number, number, number][] = [
    [0, 256, 0, 0.01478381],
    [256, 256, 0.98521619, 1],
    [5, 10, 0.236593091, 0.763406909],
    [30, 256, 0.083331288, 0.162362602],
  ]
  const off = expected.flatMap(([count, n, low, high]) => {
    const estimate = proportion(count, n)
    return [
      Math.abs(estimate.low - low),
      Math.abs(estimate.high - high),
      Math.abs(estimate.value - count / n),
    ]
  })
  t.ok(Math.max(...off) < 1e-6, String(off))
  t.ok(Number.isNaN(proportion(0, 0).value))
  t.end()
})

const holds = ({ low, value, high }: Estimate) => low <= value && value <= high

t.test('every interval has its own estimate in it, and ends where there is no more', (t) => {
  const wrong: string[] = []
  const check = (count: number, n: number, z?: number) => {
    const found = proportion(count, n, z)
    const ends = (count < n || found.high === 1) && (count > 0 || found.low === 0)
    if (!holds(found) || !ends || found.low < 0 || found.high > 1) wrong.push(`${count} of ${n}`)
  }
  for (let n = 1; n <= 400; n++)
    for (let count = 0; count <= n; count++) for (const z of [undefined, 3.3]) check(count, n, z)
  for (let count = 0; count <= 6000; count++) check(count, 6000)
  for (let n = 401; n <= 6000; n++) for (const count of [0, n]) check(count, n)
  t.same(wrong, [], 'Wilson')

  const apart: string[] = []
  for (let n = 1; n <= 24; n++)
    for (let a = 0; a <= n; a++)
      for (const m of [n, 7])
        for (let b = 0; b <= m; b++)
          for (const comparisons of [1, 30]) {
            const found = difference({ value: a / n, n }, { value: b / m, n: m }, comparisons)
            if (!holds(found) || found.low < -1 || found.high > 1) apart.push(`${a}/${n} − ${b}/${m}`)
          }
  t.same(apart, [], 'Newcombe')
  t.match(difference({ value: 1, n: 9 }, { value: 0, n: 6000 }), { value: 1, high: 1 })

  const random = randomFor(3, 'samples')
  const samples = Array.from({ length: 60 }, (_, i) =>
    Array.from({ length: 1 + random.integer(40) }, () =>
      i % 3 === 0 ? 0.1 : Math.exp(4 * random.gaussian()),
    ),
  )
  const outside = samples.filter((values, i) => {
    const found = [bootstrapMean(values), bootstrapDifference(values, samples[(i + 1) % samples.length])]
    return found.some((estimate) => estimate.n > 1 && !holds(estimate))
  })
  t.same(outside, [], 'bootstrap')
  t.end()
})

t.test('several rows of an image are one', (t) => {
  const several = rate({ rows: 144, images: 16, count: 104 })
  // statsmodels: proportion_confint(16 * 104 / 144, 16, method='wilson')
  t.match(several, { n: 16, value: 104 / 144 })
  t.ok(
    Math.abs(several.low - 0.4775) < 1e-4 && Math.abs(several.high - 0.881) < 1e-4,
    JSON.stringify(several),
  )
  t.same(rate({ rows: 50, images: 50, count: 30 }), proportion(30, 50), 'of one each: as it is')
  t.same(rate({ rows: 27, images: 3, count: 27 }), proportion(3, 3))
  t.ok(Number.isNaN(rate({ rows: 0, images: 0, count: 0 }).value))

  const random = randomFor(4, 'samples')
  const own = Array.from({ length: 40 }, () => 1 + random.gaussian())
  const nine = own.flatMap((value) => Array<number>(9).fill(value))
  const images = own.flatMap((_, image) => Array<number>(9).fill(image))
  const [once, together] = [bootstrapMean(own), bootstrapMean(nine, images)]
  for (const end of ['n', 'value', 'low', 'high'] as const)
    t.ok(Math.abs(once[end] - together[end]) < 1e-9, `a value nine times over says no more: ${end}`)
  const order = nine.map((_, i) => (i * 7) % nine.length)
  const shuffled = [nine, images].map((all) => order.map((i) => all[i]))
  t.same(bootstrapMean(shuffled[0], shuffled[1]), together, 'whatever the order')
  t.same(
    bootstrapMean(
      own,
      own.map((_, i) => `image ${i}`),
    ),
    once,
    'of one each: as it is',
  )
  // of unequal sizes: the mean of the rows
  const uneven = bootstrapMean([1, 1, 1, 5], ['a', 'a', 'a', 'b'])
  t.match(uneven, { n: 2, value: 2, low: 1, high: 5 })
  t.end()
})

t.test('differences of proportions, against Newcombe 1998', (t) => {
  // Statistics in Medicine 17, p. 873 ff., Table II, method 10: 56/70 − 48/80, 9/10 − 3/10, 10/10 − 0/10
  const published: [number, number, number, number, number, number][] = [
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [10, 10, 0, 10, 0.6075, 1],
  ]
  const rate = (count: number, n: number) => ({ value: count / n, n })
  for (const [a, m, b, n, low, high] of published) {
    const found = difference(rate(a, m), rate(b, n))
    t.ok(Math.abs(found.low - low) < 5e-5 && Math.abs(found.high - high) < 5e-5, `${a}/${m} − ${b}/${n}`)
  }
  const together = difference(rate(56, 70), rate(48, 80), 30)
  t.ok(together.low < 0 && together.high > 0.3339, 'wider for 30 of them')
  t.end()
})

t.test('the bootstrap of a mean', (t) => {
  const random = randomFor(1, 'test')
  const values = Float64Array.from({ length: 2000 }, () => 3 + random.gaussian())
  const { n, value, low, high } = bootstrapMean(values)
  t.equal(n, 2000)
  t.ok(Math.abs(value - values.reduce((sum, each) => sum + each, 0) / 2000) < 1e-12)
  // of a normal sample: 1.96 / √2000 either way
  t.ok(Math.abs(high - value - 0.0438) < 0.006 && Math.abs(value - low - 0.0438) < 0.006, `${low} ${high}`)
  t.same(bootstrapMean(values.slice().reverse()), { n, value, low, high }, 'whatever the order')
  t.same(bootstrapMean([0.25]), { n: 1, value: 0.25, low: NaN, high: NaN })
  t.ok(Number.isNaN(bootstrapMean([]).value))
  t.end()
})

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0)

t.test('permutation test, against all splits', (t) => {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  /** p of every way to choose which values are a's. */
  const exact = (a: readonly number[], b: readonly number[]) => {
    const all = [...a, ...b]
    const observed = Math.abs(mean(a) - mean(b)) - 1e-12
    let [beyond, splits] = [0, 0]
    for (let bits = 0; bits < 2 ** all.length; bits++) {
      const own = all.filter((_, i) => (bits >> i) % 2 === 1)
      if (own.length !== a.length) continue
      splits++
      if (Math.abs(mean(own) - mean(all.filter((_, i) => (bits >> i) % 2 === 0))) >= observed) beyond++
    }
    return beyond / splits
  }
  const samples: [number[], number[]][] = [
    [
      [0.5, 0.75, 1, 1, 0.25],
      [0.25, 0.5, 0.5, 0.25, 0.75, 0.25],
    ],
    [
      [1, 2, 3],
      [10, 11, 12, 13],
    ],
    [
      [1, 1, 1],
      [1, 1, 1],
    ],
    [
      [3, 1, 4, 1, 5, 9],
      [2, 6, 5, 3],
    ],
  ]
  for (const [a, b] of samples) {
    const p = exact(a, b)
    const found = permutationTest(a, b)
    t.ok(Math.abs(found - p) < 1e-12, `${found} for ${p}`)
    t.equal(permutationTest([...b].reverse(), [...a].reverse()), found, 'whatever the order')
  }
  t.ok(Number.isNaN(permutationTest([], [1])))
  t.end()
})

t.test('permutation test of larger samples: drawn permutations, and exact tails', (t) => {
  const random = randomFor(3, 'samples')
  /** Purities of 8 images, or what lies on no lattice. */
  const values = (n: number, mean: number, lattice: boolean) =>
    Float64Array.from({ length: n }, () => {
      const value = Math.min(1, Math.max(0, mean + random.gaussian() / 5))
      return lattice ? Math.round(8 * value) / 8 : value
    })
  const PERMUTATIONS = 20_000
  for (const [n, m, apart] of [
    [100, 100, 0.03],
    [100, 100, 0.06],
    [400, 300, 0.03],
    [12, 200, 0.09],
    [20, 20, 0.12],
  ])
    for (const lattice of [true, false]) {
      const [a, b] = [values(n, 0.6 + apart, lattice), values(m, 0.6, lattice)]
      const all = [...a, ...b]
      const expected = (sum(all) * n) / all.length
      const observed = Math.abs(sum(a) - expected) - 1e-9
      let beyond = 0
      for (let i = 0; i < PERMUTATIONS; i++) {
        for (let j = 0; j < n; j++) {
          const other = j + random.integer(all.length - j)
          ;[all[j], all[other]] = [all[other], all[j]]
        }
        if (Math.abs(sum(all.slice(0, n)) - expected) >= observed) beyond++
      }
      const [found, drawn] = [permutationTest(a, b), beyond / PERMUTATIONS]
      const room = 4 * Math.sqrt(drawn / PERMUTATIONS) + 0.06 * drawn + 1e-4
      t.ok(Math.abs(found - drawn) < room, `${n} and ${m}: ${found} for ${drawn}`)
      t.equal(permutationTest(b.toReversed(), a), found, 'whatever the order')
    }

  // all of one sample above all of the other: one way of C(2n, n) at either end
  for (const n of [8, 50, 400]) {
    const [above, below] = [1, 0].map((from) =>
      Float64Array.from({ length: n }, (_, i) => from + (i % 7) / 8),
    )
    let log = Math.log(2)
    for (let i = 1; i <= n; i++) log -= Math.log((n + i) / i)
    const found = permutationTest(above, below)
    t.ok(Math.abs(Math.log(found) - log) < 1e-6 * Math.abs(log), `${n}: ${found} is 2 / C(${2 * n}, ${n})`)
  }
  // of 0 and 1 the sum is hypergeometric, here far out: P(X ≥ 140) of 200 of 400 with 220 ones
  const ones = (n: number, count: number) => Float64Array.from({ length: n }, (_, i) => (i < count ? 1 : 0))
  const found = permutationTest(ones(200, 140), ones(200, 80))
  // 2 · scipy.stats.hypergeom.sf(139, 400, 220, 200)
  t.ok(Math.abs(found / 2.298090340316982e-9 - 1) < 1e-6, String(found))
  const shifted = permutationTest(
    ones(200, 140).map((value, i) => value + (i % 2) / 4),
    ones(200, 80),
  )
  t.ok(shifted > 0 && shifted < found, 'further out still, never 0')
  t.end()
})

t.test('Cliff’s δ, against all pairs; Holm, against R', (t) => {
  const random = randomFor(1, 'samples')
  const [a, b] = [30, 47].map((n) => Array.from({ length: n }, () => random.integer(9)))
  const pairs = a.flatMap((x) => b.map((y) => Math.sign(x - y)))
  const expected = pairs.reduce<number>((sum, sign) => sum + sign, 0) / pairs.length
  t.ok(Math.abs(cliffsDelta(a, b) - expected) < 1e-12)
  t.equal(cliffsDelta([2, 3], [0, 1]), 1)
  t.equal(cliffsDelta([1, 1], [1]), 0)
  // p.adjust(c(0.01, 0.04, 0.03, 0.005), 'holm')
  const adjusted = holm([0.01, 0.04, 0.03, 0.005])
  t.ok(
    [0.03, 0.06, 0.06, 0.02].every((p, i) => Math.abs(p - adjusted[i]) < 1e-12),
    String(adjusted),
  )
  t.end()
})

t.test('a bootstrapped difference of means, against its normal approximation', (t) => {
  const random = randomFor(2, 'samples')
  const a = Array.from({ length: 400 }, () => 1 + random.gaussian())
  const b = Array.from({ length: 300 }, () => 2 * random.gaussian())
  const moments = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return { mean, square: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length ** 2 }
  }
  const [one, other] = [moments(a), moments(b)]
  const half = 1.96 * Math.sqrt(one.square + other.square)
  const { n, value, low, high } = bootstrapDifference(a, b)
  t.equal(n, 300)
  t.ok(Math.abs(value - (one.mean - other.mean)) < 1e-12)
  t.ok(Math.abs(low - (value - half)) < 0.15 * half && Math.abs(high - (value + half)) < 0.15 * half)
  t.end()
})
