import { createHash } from 'node:crypto'
import { BlindspotError } from '../errors.js'
import { positiveInteger } from '../flow/positiveInteger.js'
import { identity } from '../records/identity.js'
import { BASES, CONTROLS, lengthsOf, type BasisName, type DirectionMatrix } from './basis.js'

/** Options of `rank`. */
export interface RankOptions {
  /**
   * What the directions are, or several of them, ranked in the same pass. Default `unit`.
   * - `unit`: v = e_i, the natural basis.
   * - `gaussian`: Gaussian vectors of zero mean, scaled to unit length.
   * - `rotation`: an orthonormal basis drawn from the Haar measure: together they keep φ's energy.
   * - `principal`: PCA of the activations, by falling variance. The stream is read twice.
   * - a matrix of one's own, see `readDirections`.
   */
  readonly basis?: BasisName | DirectionMatrix | readonly (BasisName | DirectionMatrix)[] | undefined
  /** Directions of each basis, the first so many. Default: as many as the layer has units. A matrix has its own. */
  readonly count?: number | undefined
  /** Images kept at either end of each direction. Default 64. */
  readonly top?: number | undefined
  /** Seed of the random directions and the control. Default 1. */
  readonly seed?: number | undefined
  /**
   * Subtract the mean of φ over the stream. Default false, as in the paper. Along a given direction that takes the same
   * number, ⟨μ, v⟩, from every value: no rank changes. It changes which directions are `principal`.
   */
  readonly center?: boolean | undefined
  /**
   * Whether to rank the control `uniform`, too: as many random samples of `top` images as the largest basis has
   * directions. Default true.
   */
  readonly control?: boolean | undefined
  /** Identity of the run, noted in every row. Default: a hash of these options, which tells rankings of one layer apart. */
  readonly run?: string | undefined
}

/** Options, checked, with their defaults. */
export interface Settings {
  readonly bases: readonly (BasisName | DirectionMatrix)[]
  readonly count: number | undefined
  readonly top: number
  readonly seed: number
  readonly center: boolean
  readonly control: boolean
  readonly run: string
}

/**
 * Checks options and gives them with their defaults.
 *
 * @throws BlindspotError `bad-option`
 */
export function settingsOf({ basis = 'unit', count, top = 64, seed = 1, ...rest }: RankOptions): Settings {
  const { center = false, control = true } = rest
  const bases = [basis].flat()
  positiveInteger('rank', 'top', top)
  if (count !== undefined) positiveInteger('rank', 'count', count)
  if (!Number.isSafeInteger(seed))
    throw new BlindspotError('bad-option', `rank: seed: expected a whole number, got ${seed}`)
  const names = bases.map((one) => (typeof one === 'string' ? one : checked(one).name))
  const known: readonly string[] = BASES
  const unknown = names.find((name, i) => typeof bases[i] === 'string' && !known.includes(name))
  if (names.length === 0 || unknown !== undefined)
    throw new BlindspotError(
      'bad-option',
      `rank: basis: expected one or more of ${BASES.join(', ')} or a matrix, got ${unknown ?? 'none'}`,
    )
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new BlindspotError('bad-option', `rank: two bases are called ${twice}; give each a name of its own`)
  const settings = { bases, count, top, seed, center, control }
  return { ...settings, run: rest.run ?? identity({ ...settings, bases: bases.map(hashed) }) }
}

/** A basis as JSON, a matrix by its hash. */
export const hashed = (basis: BasisName | DirectionMatrix) =>
  typeof basis === 'string'
    ? basis
    : { ...basis, directions: createHash('sha256').update(basis.directions).digest('hex') }

/** Lengths of directions of one's own: their products with any float32 activations are finite and exact to rounding. */
const [SHORTEST, LONGEST] = [2 ** -400, 2 ** 500]
/** Names that a matrix of one's own may not have: those of the bases, and those that tables print for some. */
const OWN_NAMES = new Set<string>([...BASES, ...CONTROLS, 'units', 'untrained', 'principal, centred', ''])

function checked(matrix: DirectionMatrix): DirectionMatrix {
  const { name, units, directions } = matrix
  const refuse = (what: string) =>
    new BlindspotError('bad-option', `rank: basis ${JSON.stringify(name)}: expected ${what}`)
  if (OWN_NAMES.has(name)) throw refuse('a name of its own, got one that is taken; choose another one')
  const count = directions.length / units
  if (!Number.isSafeInteger(count) || count === 0 || !Number.isSafeInteger(units))
    throw refuse(`whole directions of ${units} values, got ${directions.length} values`)
  for (const [i, length] of lengthsOf(directions, units).entries()) {
    const v = directions.subarray(i * units, (i + 1) * units)
    if (!v.every(Number.isFinite)) throw refuse(`finite numbers, got one that is not in direction ${i}`)
    if (v.every((value) => value === 0))
      throw refuse(`a value other than 0 in each direction, got none in direction ${i}`)
    if (!(length >= SHORTEST && length <= LONGEST))
      throw refuse(`lengths from ${SHORTEST} to ${LONGEST}, got ${length} of direction ${i}; scale it`)
  }
  return matrix
}
