import { BlindspotError } from '../errors.js'
import { randomFor } from '../random.js'

/** Bases that `rank` knows by name. */
export const BASES = ['unit', 'gaussian', 'rotation', 'principal'] as const
/** One of BASES. */
export type BasisName = (typeof BASES)[number]

/** What bases are compared with: images drawn at random, and directions of something that was not learned. */
export const CONTROLS = ['uniform', 'pixels', 'untrained unit', 'untrained gaussian'] as const

/** Directions of one's own, as they are: of any length other than 0. */
export interface DirectionMatrix {
  /** What the rows of `ranks` call it. */
  readonly name: string
  /** Values of one direction. */
  readonly units: number
  /** [count × units], one direction after the other. */
  readonly directions: Float64Array | Float32Array
}

/** Gaussian vectors of unit length: uniform on the sphere. Direction i is the same whatever the count. */
export function gaussianDirections(units: number, count: number, seed: number): Float64Array {
  const all = new Float64Array(count * units)
  for (let i = 0; i < count; i++) {
    const v = all.subarray(i * units, (i + 1) * units)
    drawGaussian(v, seed, 'gaussian', i)
    normalise(v)
  }
  return all
}

/**
 * The first rows of a random rotation, uniform (Haar) over the orthogonal group: Gaussian vectors made orthonormal one
 * after the other (Gram-Schmidt, whose R has a positive diagonal: Mezzadri 2007). Row i is the same whatever the count.
 */
export function rotationDirections(units: number, count: number, seed: number): Float64Array {
  const all = new Float64Array(count * units)
  for (let i = 0; i < count; i++) {
    const v = all.subarray(i * units, (i + 1) * units)
    drawGaussian(v, seed, 'rotation', i)
    // twice is enough: once leaves rounding errors where a vector lies almost in the others' span
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) removeComponent(v, all.subarray(j * units, (j + 1) * units))
    normalise(v)
  }
  return all
}

/** How many directions of a basis there are. */
export function countOf(basis: BasisName, units: number, count: number | undefined): number {
  if (count === undefined || basis === 'gaussian' || count <= units) return count ?? units
  throw new BlindspotError(
    'bad-option',
    `rank: count of basis ${basis}: expected at most ${units}, the layer's units, got ${count}`,
  )
}

/** ⟨a, b⟩ of n values, of a from `at` on and of b from `from` on, in double precision and in one fixed order. */
export function dot(
  a: Float32Array | Float64Array,
  at: number,
  b: Float32Array | Float64Array,
  from: number,
  n: number,
): number {
  let p = 0
  let q = 0
  let r = 0
  let s = 0
  const whole = n - (n % 4)
  for (let i = 0; i < whole; i += 4) {
    p += a[at + i] * b[from + i]
    q += a[at + i + 1] * b[from + i + 1]
    r += a[at + i + 2] * b[from + i + 2]
    s += a[at + i + 3] * b[from + i + 3]
  }
  for (let i = whole; i < n; i++) p += a[at + i] * b[from + i]
  return p + q + (r + s)
}

function drawGaussian(v: Float64Array, seed: number, purpose: string, direction: number): void {
  const random = randomFor(seed, purpose, v.length, direction)
  for (let i = 0; i < v.length; i++) v[i] = random.gaussian()
}

function removeComponent(v: Float64Array, q: Float64Array): void {
  const share = dot(v, 0, q, 0, v.length)
  for (let i = 0; i < v.length; i++) v[i] -= share * q[i]
}

function normalise(v: Float64Array): void {
  const length = Math.sqrt(dot(v, 0, v, 0, v.length))
  for (let i = 0; i < v.length; i++) v[i] /= length
}

/** Euclidean lengths of the rows of a matrix. */
export function lengthsOf(matrix: Float64Array | Float32Array, units: number): Float64Array {
  return Float64Array.from({ length: matrix.length / units }, (_, i) =>
    Math.sqrt(dot(matrix, i * units, matrix, i * units, units)),
  )
}
