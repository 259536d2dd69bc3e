import { groups } from '../../operators/records/groups.js'
import { compare } from './configurations.js'
import type { ConfigurationNumbers } from './sweepNumbers.js'
import { lambdaText } from './words.js'

/** What networks of a sweep differ in. */
export type Axis = 'decay' | 'width' | 'depth'

/** A configuration at a place of an axis. */
export interface Placed {
  readonly at: number
  readonly numbers: ConfigurationNumbers
}

/** Configurations that differ in one thing alone, in its order, at two or more places. */
export interface SweepLine {
  readonly name: string
  readonly points: readonly [Placed, ...Placed[]]
}

/** The lines along an axis. A network whose layers have several λ is at no place of weight decay. */
export function sweepLines(all: readonly ConfigurationNumbers[], axis: Axis): readonly SweepLine[] {
  const placed = all.flatMap((numbers): readonly Placed[] => {
    const { weight_decay: decay, width, depth } = numbers.configuration.networks[0].model
    const at = { decay, width, depth }[axis]
    return at === null ? [] : [{ at, numbers }]
  })
  return groups(placed, ({ numbers }) => [lineOf(numbers, axis)])
    .map((points): SweepLine => {
      const [first, ...others] = points
      return { name: lineOf(first.numbers, axis), points: sorted([first, ...others]) }
    })
    .filter(({ points }) => new Set(points.map(({ at }) => at)).size > 1)
}

const sorted = (points: [Placed, ...Placed[]]) =>
  points.sort((a, b) => a.at - b.at || compare(a.numbers.configuration.name, b.numbers.configuration.name))

/** What the networks of a line have in common, by which it is called. */
function lineOf({ configuration: { name, line, networks } }: ConfigurationNumbers, axis: Axis): string {
  if (axis === 'decay') return line
  const { depth, width, activation, weight_decay: decay } = networks[0].model
  // the kind of network and whether it has biases, and after its size its λ, images and recipe
  const [, kind = '', bias = ''] = (/^(FC|AE|CNN)[\dx-]*(-nobias)?/.exec(name) ?? []) as (
    string | undefined
  )[]
  const rest = /^[^\s(@]+(?:\(([^)]*)\))?(.*)$/.exec(name) as readonly (string | undefined)[] | null
  const lambda = decay === null ? (rest?.[1] ?? 'as usual') : lambdaText(decay)
  const recipe = rest?.[2] ?? ''
  return [
    `${kind}${bias}${recipe}`,
    axis === 'width' ? `depth ${depth ?? '?'}` : `width ${width ?? '?'}`,
    ...((activation ?? '') === '' ? [] : [activation]),
    `λ ${lambda}`,
  ].join(', ')
}
