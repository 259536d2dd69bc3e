import { reach } from './meanOverSeeds.js'
import { around, type Estimate } from './statistics.js'

/** A number of a pair of networks. */
export interface Pair {
  readonly source: string
  readonly victim: string
  readonly value: number
}

/**
 * The mean over pairs of networks, a share, with a 95 % interval over the networks: pairs that have a network in common are not
 * independent. Its variance is made of the jackknife's, which leaves out one at a time (Efron and Stein 1981): that over the
 * sources, each with all its pairs, and that over the victims, less that over the pairs, which is in both (Cameron, Gelbach and
 * Miller 2011), and at least the larger of the two; of pairs within one group that over its networks, each with the pairs that
 * it is in. Student's t has one degree of freedom less than the smaller group has networks. `n` is that of the pairs.
 *
 * A group of one network shows no variation: the interval is over the other then, and there is none without one. Within a
 * group of two each is in all pairs, so that there is none either.
 */
export function meanOverPairs(pairs: readonly Pair[]): Estimate {
  const known = pairs
    .filter(({ value }) => !Number.isNaN(value))
    .sort((a, b) => a.value - b.value || compare(a.source, b.source) || compare(a.victim, b.victim))
  const n = known.length
  const value = meanOf(known)
  const [sources, victims] = (['source', 'victim'] as const).map(
    (of) => new Set(known.map((pair) => pair[of])),
  )
  const within = [...sources].some((name) => victims.has(name))
  const groups = within ? [new Set([...sources, ...victims])] : [sources, victims]
  const varying = groups.filter((names) => names.size > 1)
  const [largest = NaN, other = 0] = varying
    .map((names) => jackknife(withoutEach(known, names)))
    .sort((a, b) => b - a)
  const overPairs =
    varying.length > 1 ? jackknife(known.map((pair) => known.filter((one) => one !== pair))) : 0
  const variance = Math.max(largest, largest + other - overPairs)
  if (Number.isNaN(variance)) return { n, value, low: NaN, high: NaN }
  const degrees = Math.min(...varying.map((names) => names.size)) - 1
  const half = reach(degrees) * Math.sqrt(variance)
  return around({ n, value, low: value - half, high: value + half }, 0, 1)
}

/** The pairs without each network. */
const withoutEach = (pairs: readonly Pair[], names: ReadonlySet<string>) =>
  [...names]
    .sort(compare)
    .map((name) => pairs.filter(({ source, victim }) => source !== name && victim !== name))

/** (g − 1) / g · Σ (θ₋ᵢ − their mean)² over g means that lack one each; NaN where one of them lacks all. */
function jackknife(without: readonly (readonly Pair[])[]): number {
  const means = without.map(meanOf)
  const centre = means.reduce((sum, one) => sum + one, 0) / means.length
  const squares = means.reduce((sum, one) => sum + (one - centre) ** 2, 0)
  return ((means.length - 1) / means.length) * squares
}

const meanOf = (pairs: readonly Pair[]) => pairs.reduce((sum, { value }) => sum + value, 0) / pairs.length
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
