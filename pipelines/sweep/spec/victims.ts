import { BlindspotError } from '../../../operators/errors.js'
import type { StepModel } from '../../steps/stepModel.js'
import type { SweptNetwork } from './networks.js'
import type { CheckedSweep } from './sweepSpec.js'
import { holds, type Fields } from './where.js'

/** Attacks and networks that are shown their examples at most: each is noted in its step. */
const MOST_PAIRS = 1_000_000

type Pairs = NonNullable<Exclude<CheckedSweep['score'], false | undefined>['pairs']>

/** Networks that are shown the same, as a step has them. */
export interface Victims {
  readonly models: readonly StepModel[]
  /** Names of their trainings. */
  readonly needs: readonly string[]
}

/**
 * Which networks are shown an attack's examples.
 *
 * @returns of the fields of an attack its victims
 * @throws BlindspotError `bad-option`, when it is asked for too many in all
 */
export function victimsAmong(networks: readonly SweptNetwork[], pairs: Pairs): (attack: Fields) => Victims {
  const choose = chooser(networks, pairs)
  let count = 0
  return (attack) => {
    const victims = choose(attack)
    count += victims.models.length
    if (count <= MOST_PAIRS) return victims
    throw new BlindspotError(
      'bad-option',
      `score.pairs: expected at most ${MOST_PAIRS} attacks and networks that see their examples, got more; choose some, such as same-seed`,
    )
  }
}

function chooser(networks: readonly SweptNetwork[], pairs: Pairs): (attack: Fields) => Victims {
  const models = new Map(networks.map((network) => [network, { train: network.train }]))
  const of = (some: readonly SweptNetwork[]): Victims => ({
    models: some.flatMap((network) => models.get(network) ?? []),
    needs: some.map(({ name }) => `train ${name}`),
  })
  if (pairs === 'all') {
    const all = of(networks)
    return () => all
  }
  if (pairs === 'same-seed') {
    const seeds = new Map<Fields[string], SweptNetwork[]>()
    for (const network of networks) {
      const { seed } = network.fields
      seeds.set(seed, [...(seeds.get(seed) ?? []), network])
    }
    const victims = new Map([...seeds].map(([seed, some]) => [seed, of(some)]))
    return ({ seed }) => victims.get(seed) ?? of([])
  }
  return (attack) =>
    of(
      networks.filter((victim) =>
        pairs.some(
          (pair) =>
            (pair.source ?? []).every((condition) => holds(condition, attack)) &&
            (pair.victim ?? []).every((condition) => holds(condition, victim.fields)),
        ),
      ),
    )
}
