import { layersOf, parseArchitecture } from '../../../operators/architecture.js'
import { BlindspotError } from '../../../operators/errors.js'
import { shown } from '../../../operators/records/expected.js'
import { attackStep } from '../../steps/attackStep.js'
import { requireMethod, usualGoal } from '../../steps/attackMethod.js'
import type { AttackSpec } from '../../steps/attackSpec.js'
import { rankStep } from '../../steps/rankStep.js'
import type { ScoreSpec } from '../../steps/scoreSpec.js'
import { scoreStep } from '../../steps/scoreStep.js'
import type { PlannedStep } from '../../steps/stepKind.js'
import { trainStep } from '../../steps/trainStep.js'
import { combinations } from './combinations.js'
import { checkSource, networksOf, type SweptNetwork } from './networks.js'
import { checkSweep, type AttackGrid, type CheckedSweep, type SweepSpec } from './sweepSpec.js'
import { victimsAmong, type Victims } from './victims.js'
import { holds, type Fields } from './where.js'

/** Images that are attacked of each network, where a sweep does not say. */
const SAMPLE = 256
/** Images of a step of an attack. */
const SHARD = 1000
/** Steps of attacks at most. */
const MOST_STEPS = 1_000_000

/** An attack on one network, in its steps. */
interface SweptAttack {
  readonly network: SweptNetwork
  readonly spec: AttackSpec
  /** What tells it from the network's other attacks: `random`, `untargeted seed=2`. */
  readonly aim: string
  readonly limit: number
  readonly fields: Fields
  readonly shards: readonly PlannedStep[]
}

/**
 * The steps of a sweep: trainings, attacks in shards of images, rankings, and every attack's examples shown to the networks that
 * are chosen; each after those that it needs, and the longest first.
 *
 * @throws BlindspotError `bad-option`, naming the key, its value and what was expected
 * @example
 * sweepSteps({ train: { architecture: 'FC100-100-10', lambda: [1e-6, 1e-4], seed: { from: 1, to: 3 } } })
 */
export const sweepSteps = (spec: SweepSpec): readonly PlannedStep[] => stepsOf(checkSweep(spec))

export function stepsOf(spec: CheckedSweep): readonly PlannedStep[] {
  const networks = networksOf(spec.train)
  const grids = spec.attack === false ? [] : (spec.attack ?? [{}])
  let count = 0
  const room = (more: number) => {
    count += more
    if (count > MOST_STEPS)
      throw new BlindspotError(
        'bad-option',
        `attack: expected at most ${MOST_STEPS} steps of attacks, got more; ask for fewer, or for a larger shard`,
      )
  }
  const attacks = uniqueBy(
    grids.flatMap((grid) => networks.flatMap((network) => attacksOn(network, grid, room))),
    ({ network, aim, spec: { images } }) => [network.name, aim, images.source].join(' '),
  )
  requireNames(attacks)
  requireSome('attack.where', 'a network and an attack that meet it', grids, attacks)
  const { where = [], layers } = spec.rank ?? {}
  const ranked = spec.rank
    ? networks.filter(({ fields }) => where.every((condition) => holds(condition, fields)))
    : []
  requireLayers(layers, ranked)
  const rankings = ranked.flatMap((network) => rankingsOf(network, spec.rank))
  requireSome(
    'rank.where',
    'a network with hidden layers that meets it',
    spec.rank ? [spec.rank] : [],
    rankings,
  )
  if (spec.score && attacks.length === 0)
    throw new BlindspotError(
      'bad-option',
      'score: expected an attack whose examples are shown, got attack: false',
    )
  const scores = spec.score === false ? [] : scoresOf(spec.score ?? {}, networks, attacks)
  requireSome(
    'score.pairs',
    'an attack and a network that are one',
    spec.score === false ? [] : attacks,
    scores,
  )
  return [
    ...networks.map(({ train }) => planned(trainStep(train))),
    ...attacks.flatMap(({ shards }) => shards),
    ...rankings,
    ...scores,
  ]
}

const planned = (step: PlannedStep['step'], limit?: number): PlannedStep => ({ step, effort: { limit } })
const trainingOf = ({ name }: SweptNetwork) => `train ${name}`

/**
 * The attacks of a grid on a network.
 *
 * @param room is asked for that of more steps
 */
function attacksOn(
  network: SweptNetwork,
  grid: AttackGrid,
  room: (steps: number) => void,
): readonly SweptAttack[] {
  const {
    data = network.train.test?.source ?? 'mnist:test',
    order = 1,
    limit = SAMPLE,
    shard = SHARD,
    where = [],
  } = grid
  if (grid.data !== undefined) checkSource('attack.data', grid.data)
  const { method, goal, seed = [1], penalty, maxEvaluations, iterations } = grid
  const asked = combinations({ method, goal: goal ?? [undefined], seed, penalty, maxEvaluations, iterations })
    .map((given) => {
      const by = (method && given.method) ?? 'l-bfgs'
      const chosen = { ...given, goal: given.goal ?? usualGoal(by) }
      // what a training has by the same name goes by that
      const own = { attackSeed: chosen.seed, attackIterations: chosen.iterations }
      const { seed: networkSeed, iterations: trained } = network.fields
      const fields = {
        ...network.fields,
        ...chosen,
        ...own,
        method: by,
        seed: networkSeed,
        iterations: trained,
      }
      return { chosen, fields }
    })
    .filter(({ fields }) => where.every((condition) => holds(condition, fields)))
  for (const { chosen } of asked) requireMethod(chosen, (option) => `attack.${option}`)
  room(asked.length * Math.ceil(limit / shard))
  return asked.map(({ chosen, fields }) => {
    const spec = { model: { train: network.train }, images: { source: data, shuffle: order }, ...chosen }
    const given = [
      method && chosen.method !== 'l-bfgs' && chosen.method,
      chosen.seed !== 1 && `seed=${chosen.seed}`,
      penalty && chosen.penalty,
      maxEvaluations && `evaluations=${chosen.maxEvaluations}`,
      iterations && `iterations=${chosen.iterations}`,
    ]
    const aim = [chosen.goal, ...given].filter(Boolean).join(' ')
    const shards = Array.from({ length: Math.ceil(limit / shard) }, (_, i): PlannedStep => {
      const part = [i * shard, (i + 1) * shard] as const
      const step = attackStep({ ...spec, shard: part }, [trainingOf(network)])
      return planned(
        { ...step, name: `attack ${network.name} ${aim} ${part[0]}..${Math.min(part[1], limit)}` },
        limit,
      )
    })
    return { network, spec, aim, limit, fields, shards }
  })
}

/** Checks that what is asked for is something: a value that nothing has is a slip. */
function requireSome(
  key: string,
  expected: string,
  asked: readonly unknown[],
  found: readonly unknown[],
): void {
  if (asked.length > 0 && found.length === 0)
    throw new BlindspotError('bad-option', `${key}: expected ${expected}, got none`)
}

/** Checks that no two attacks have one name: their steps would be each other's. */
function requireNames(attacks: readonly SweptAttack[]): void {
  const names = new Set<string>()
  for (const { network, aim } of attacks) {
    const name = `${network.name} ${aim}`
    if (names.has(name))
      throw new BlindspotError(
        'bad-option',
        `attack: two attacks of ${name} differ in data alone; put them into data sets of their own`,
      )
    names.add(name)
  }
}

/** What is shown to which networks. */
function scoresOf(
  { pairs = 'all', noise = [] }: Exclude<NonNullable<CheckedSweep['score']>, false>,
  networks: readonly SweptNetwork[],
  attacks: readonly SweptAttack[],
): readonly PlannedStep[] {
  const victimsOf = victimsAmong(networks, pairs)
  const transfers = attacks.flatMap(({ network, spec, aim, limit: expected, fields, shards }) => {
    const victims = victimsOf(fields)
    if (victims.models.length === 0) return []
    const what = { kind: 'adversarial', examples: { attack: spec } } as const
    return scored(victims, what, `${network.name} ${aim}`, {
      ...{ needs: shards.map(({ step }) => step.name), expected },
    })
  })
  const all = victimsAmong(networks, 'all')({})
  const shownTo = uniqueBy(attacks, ({ spec: { images } }) => JSON.stringify(images))
  const noises = shownTo.flatMap(({ spec: { images }, limit }, i) =>
    noise.map((stddev) => {
      const what = { kind: 'gaussian', stddev, seed: images.shuffle ?? 1, clip: false, images } as const
      return scored(all, what, `gaussian ${stddev}${i > 0 ? ` ${i + 1}` : ''}`, { limit })
    }),
  )
  return [...transfers, ...noises]
}

/** Something shown to networks; a shard of a plan goes by the first of what it needs. */
function scored(
  { models, needs: trainings }: Victims,
  shown: ScoreSpec['shown'],
  partition: string,
  more: { readonly needs?: readonly string[]; readonly limit?: number; readonly expected?: number },
): PlannedStep {
  const step = scoreStep({ models, shown, partition }, [...(more.needs ?? []), ...trainings])
  return {
    ...planned({ ...step, name: `score ${partition}` }, more.limit),
    expected: more.expected,
    // a network that cannot be trained keeps nobody else from being asked
    without(need) {
      const at = trainings.indexOf(need)
      if (at < 0 || models.length === 1) return undefined
      const others = { models: models.toSpliced(at, 1), needs: trainings.toSpliced(at, 1) }
      return scored(others, shown, partition, more)
    },
  }
}

const layersIn = ({ train: { architecture } }: SweptNetwork) => layersOf(parseArchitecture(architecture))

/** Checks that each layer that is to be ranked is one of a network's: a name that none has is a slip. */
function requireLayers(layers: readonly string[] = [], networks: readonly SweptNetwork[]): void {
  const all = new Set(networks.flatMap(layersIn))
  for (const layer of layers)
    if (networks.length > 0 && !all.has(layer))
      throw new BlindspotError(
        'bad-option',
        `rank.layers: expected one of ${[...all].sort().join(', ')}, got ${shown(layer)}`,
      )
}

/** The rankings of a network's hidden layers. */
function rankingsOf(network: SweptNetwork, rank: CheckedSweep['rank'] = {}): readonly PlannedStep[] {
  const {
    layers,
    data = network.train.test?.source ?? 'mnist:test',
    limit,
    basis,
    count,
    top,
    seed = 1,
  } = rank
  if (rank.data !== undefined) checkSource('rank.data', rank.data)
  const all = layersIn(network)
  const chosen = layers ? all.filter((layer) => layers.includes(layer)) : all.slice(0, -1)
  const images = { source: data, ...(limit !== undefined && { first: limit, shuffle: seed }) }
  const pass = {
    basis: [...(basis ?? ['unit', 'gaussian'])],
    seed,
    ...(count !== undefined && { count }),
    ...(top !== undefined && { top }),
  }
  return chosen.map((layer) =>
    planned(
      rankStep({ model: { train: network.train }, layer, images, passes: [pass] }, [trainingOf(network)]),
    ),
  )
}

/** Of several with one key the first. */
function uniqueBy<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  const known = new Map<string, T>()
  for (const one of all) if (!known.has(keyOf(one))) known.set(keyOf(one), one)
  return [...known.values()]
}
