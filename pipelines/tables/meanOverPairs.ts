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
 * independent. Its variance is the jackknife's, which leaves out one network at a time with all its pairs and errs, in the
 * mean, to the large (Efron and Stein 1981): for sources and victims of two groups the sum of both groups' (Arvesen 1969), of
 * pairs within a group that of its networks. Student's t has one degree of freedom less than the smaller group has networks,
 * as for errors that are clustered in two ways (Cameron, Gelbach and Miller 2011). `n` is that of the pairs.
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
  const [sources, victims] = [
    new Set(known.map((pair) => pair.source)),
    new Set(known.map((pair) => pair.victim)),
  ]
  const within = [...sources].some((name) => victims.has(name))
  const groups: readonly Group[] = within
    ? [{ names: union(sources, victims), has: (pair, name) => pair.source === name || pair.victim === name }]
    : [
        { names: sources, has: (pair, name) => pair.source === name },
        { names: victims, has: (pair, name) => pair.victim === name },
      ]
  const varying = groups.filter(({ names }) => names.size > 1)
  const variance = varying.reduce((sum, group) => sum + jackknife(known, group), 0)
  if (varying.length === 0 || Number.isNaN(variance)) return { n, value, low: NaN, high: NaN }
  const degrees = Math.min(...varying.map(({ names }) => names.size)) - 1
  const half = reach(degrees) * Math.sqrt(variance)
  return around({ n, value, low: value - half, high: value + half }, 0, 1)
}

interface Group {
  readonly names: ReadonlySet<string>
  readonly has: (pair: Pair, name: string) => boolean
}

/** (g − 1) / g · Σ (θ₋ᵢ − their mean)² over the g networks of a group; NaN where one of them is in all pairs. */
function jackknife(pairs: readonly Pair[], { names, has }: Group): number {
  const without = [...names].sort(compare).map((name) => meanOf(pairs.filter((pair) => !has(pair, name))))
  const centre = without.reduce((sum, one) => sum + one, 0) / without.length
  const squares = without.reduce((sum, one) => sum + (one - centre) ** 2, 0)
  return ((without.length - 1) / without.length) * squares
}

const meanOf = (pairs: readonly Pair[]) => pairs.reduce((sum, { value }) => sum + value, 0) / pairs.length
const union = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> => new Set([...a, ...b])
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
