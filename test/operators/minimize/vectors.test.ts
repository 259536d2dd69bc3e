import t from 'tap'
import { Vectors, type Address } from '../../../operators/minimize/vectors.js'
import { randomFor } from '../../../operators/random.js'

/** The definition of what the kernel does, in double precision. */
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, ai, i) => sum + ai * b[i], 0)

t.test('the kernel against its definition, with and without a rest of the lanes', (t) => {
  for (const size of [1, 3, 784, 1023]) {
    const random = randomFor(size, 'kernel')
    const [low, high] = [-1, 2]
    const vectors = new Vectors(size, low, high)
    const { kernel, n } = vectors
    const made = (point: boolean): readonly [Address, Float32Array] => {
      const address = vectors.allocate()
      // a third of the points lie on the box's walls
      const value = () => {
        const u = random.uniform()
        if (!point) return 4 * u - 2
        return u < 1 / 6 ? low : u > 5 / 6 ? high : low + 3 * u
      }
      const values = Float32Array.from({ length: size }, value)
      vectors.set(address, values, point ? low : 0)
      return [address, values]
    }
    const [x, xs] = made(true)
    const [origin, origins] = made(true)
    const [gradient, gradients] = made(false)
    const [s, ss] = made(false)
    const [y, ys] = made(false)
    const [s2, s2s] = made(false)
    const [y2, y2s] = made(false)
    const [mask, projected, d, trial] = Array.from({ length: 4 }, () => vectors.allocate())
    const read = (address: Address) => vectors.view(address).slice()
    const near = (found: number, expected: number, what: string) =>
      t.ok(
        Math.abs(found - expected) <= 1e-4 * Math.max(1, Math.abs(expected)),
        `${what} of ${size}: ${found}, ${expected}`,
      )
    const all = (found: Float32Array, expected: Float32Array, what: string) =>
      t.ok(
        found.every((value, i) => Math.abs(value - expected[i]) <= 1e-5 * Math.max(1, Math.abs(expected[i]))),
        `${what} of ${size}`,
      )

    const k = 0.7
    near(
      kernel.squaredDistance(x, origin, n),
      xs.reduce((sum, xi, i) => sum + (xi - origins[i]) ** 2, 0),
      'squared distance',
    )
    const slopes = gradients.map((g, i) => g + k * (xs[i] - origins[i]))
    const free = slopes.map((g, i) => ((xs[i] <= low && g > 0) || (xs[i] >= high && g < 0) ? 0 : 1))
    const parts = slopes.map((g, i) => g * free[i])
    near(
      kernel.project(x, origin, gradient, mask, projected, n, k, low, high),
      dot(parts, parts),
      'projected norm',
    )
    all(read(projected), parts, 'projected gradient')

    kernel.scale(d, -1, projected, n)
    const ds = parts.map((g) => -g)
    const masked = (v: Float32Array) => v.map((vi, i) => vi * free[i])
    const products = (
      found: number,
      sOf: Float32Array,
      yOf: Float32Array,
      of: Float32Array,
      what: string,
    ) => {
      near(found, dot(masked(sOf), sOf), `${what} s·s`)
      near(kernel.secondResult(), dot(masked(sOf), yOf), `${what} s·y`)
      near(kernel.thirdResult(), dot(sOf, of), `${what} s·d`)
    }
    products(kernel.pairProducts(s, y, d, mask, n), ss, ys, ds, 'pair')
    near(kernel.fourthResult(), dot(masked(ys), ys), 'pair y·y')
    const change = (sOf: Float32Array, yOf: Float32Array) => yOf.map((yi, i) => yi + k * sOf[i])
    const ds2 = ds.map((di, i) => di + 0.3 * free[i] * change(ss, ys)[i])
    products(
      kernel.addChangeThenProducts(d, 0.3, s, y, mask, n, k, s2, y2),
      s2s,
      y2s,
      ds2,
      'change, then the next pair',
    )
    const ds3 = ds2.map((di, i) => 0.5 * (di - 0.2 * free[i] * change(s2s, y2s)[i]))
    near(
      kernel.addChangeScaleThenAlong(d, -0.2, s2, y2, mask, n, k, 0.5, s, y),
      dot(change(ss, ys), ds3),
      'change and scale, then along',
    )
    const ds4 = ds3.map((di, i) => di + 0.4 * free[i] * ss[i])
    near(
      kernel.addStepThenAlong(d, 0.4, s, mask, n, k, s2, y2),
      dot(change(s2s, y2s), ds4),
      'step, then along',
    )
    const ds5 = ds4.map((di, i) => di + 0.1 * free[i] * s2s[i])
    kernel.addStep(d, 0.1, s2, mask, n)
    all(read(d), ds5, 'direction')

    const clip = (value: number) => Math.min(high, Math.max(low, value))
    const trials = xs.map((xi, i) => clip(xi + 0.6 * ds5[i]))
    near(
      kernel.place(trial, x, 0.6, d, projected, n, low, high),
      parts.reduce((sum, g, i) => sum + g * (trials[i] - xs[i]), 0),
      'slope',
    )
    all(read(trial), trials, 'trial')
    kernel.along(trial, origin, x, 0.25, n, low, high)
    all(
      read(trial),
      xs.map((xi, i) => origins[i] + 0.25 * (xi - origins[i])),
      'point on a segment',
    )

    near(
      kernel.slopeTo(x, origin, gradient, n),
      gradients.reduce((sum, g, i) => sum + g * (xs[i] - origins[i]), 0),
      'slope to a point',
    )

    const [fresh, freshs] = made(false)
    const to = read(trial)
    const norm = kernel.stepThenProject(
      ...[x, gradient, trial, fresh, origin, mask, projected, d],
      ...([n, k, low, high] as const),
    )
    const [newSS, newSY, newSD, newYY] = [
      kernel.secondResult(),
      kernel.thirdResult(),
      kernel.fourthResult(),
      kernel.fifthResult(),
    ]
    all(
      read(x),
      to.map((ti, i) => ti - xs[i]),
      's in the place of x',
    )
    all(
      read(gradient),
      freshs.map((g, i) => g - gradients[i]),
      'y in the place of the gradient',
    )
    all(
      read(d),
      read(projected).map((g) => -g),
      'the direction to begin with',
    )
    t.equal(newSS, kernel.pairProducts(x, gradient, d, mask, n), 's·s as of pairProducts')
    t.equal(newSY, kernel.secondResult(), 's·y as of pairProducts')
    t.equal(newSD, kernel.thirdResult(), 's·d as of pairProducts')
    t.equal(newYY, kernel.fourthResult(), 'y·y as of pairProducts')
    const projectedBefore = read(projected)
    t.equal(norm, kernel.project(trial, origin, fresh, mask, projected, n, k, low, high), 'as project')
    t.same(read(projected), projectedBefore, 'as project')

    t.equal(kernel.allFinite(gradient, n), 1)
    for (const bad of [NaN, Infinity, -Infinity]) {
      vectors.set(
        gradient,
        Float32Array.from({ length: size }, (_, i) => (i === size - 1 ? bad : 1)),
        0,
      )
      t.equal(kernel.allFinite(gradient, n), 0)
    }
  }
  t.end()
})
