import { groups } from '../../operators/records/groups.js'
import { isOfRuns, type Attack, type Measured } from './measured.js'
import type { ModelRow } from './queries.js'

/** A network of a sweep. */
export interface Network {
  readonly model: ModelRow
  /** The attack that the sweep is judged by; of several the one on the images that most networks were attacked on, then the largest. */
  readonly attack: Attack | undefined
}

/** Networks of one architecture, images and recipe, a seed each. */
export interface Configuration {
  readonly name: string
  /** The name without λ, which networks of other weight decays share. */
  readonly line: string
  readonly networks: readonly [Network, ...Network[]]
}

/** How examples were looked for and what they aim at, the same for all networks that are compared. */
export type AttackKind = Pick<Attack, 'method' | 'goal' | 'options'>

export interface Configurations {
  readonly configurations: readonly Configuration[]
  readonly attackKind: AttackKind | undefined
}

/** A configuration's name without the weight decay in its architecture. */
const lineOf = (configuration: string) => configuration.replace(/^([^\s(@]+)\([^)]*\)/, '$1')

/**
 * The networks of a sweep by configuration, in the order of depth, width, name and λ; none where no configuration has several
 * seeds and there are no two of them whose networks are called `CONFIGURATION#SEED`. Files of earlier versions do not tell
 * configurations.
 */
export function configurationsOf(measured: Measured): Configurations {
  const attackKind = kindOf(measured.attacks)
  const usual = usualImages(measured.attacks, attackKind)
  const networks = [...measured.models.values()]
    .filter((model) => (model.configuration ?? '') !== '' && isOfRuns(model, measured))
    .map((model): Network => ({ model, attack: attackOn(model.model, measured.attacks, attackKind, usual) }))
  const configurations = groups(networks, ({ model }) => [model.configuration ?? '']).map(
    (own): Configuration => {
      const name = own[0].model.configuration ?? ''
      return { name, line: lineOf(name), networks: oneEach(own) }
    },
  )
  const numbered = configurations.filter((one) => one.networks.some(({ model }) => isNumbered(model)))
  const isSweep = numbered.length > 1 || configurations.some(({ networks: own }) => own.length > 1)
  return { configurations: isSweep ? configurations.sort(inOrder) : [], attackKind }
}

/** Whether a network's name ends with its seed, as those of a sweep do. */
const isNumbered = ({ model, seed }: ModelRow) => model.endsWith(`#${seed}`)

/** One network of each seed: of several trainings of the same the one that was attacked, then the first by name. */
function oneEach(networks: readonly [Network, ...Network[]]): readonly [Network, ...Network[]] {
  const sorted = [...networks].sort(
    (a, b) =>
      a.model.seed - b.model.seed ||
      Number(a.attack === undefined) - Number(b.attack === undefined) ||
      compare(a.model.model, b.model.model),
  )
  const [first, ...others] = sorted
  return [first, ...others.filter(({ model }, i) => model.seed !== sorted[i].model.seed)]
}

/** Random targets by L-BFGS where there are such, as in the paper; then what most networks were attacked with, and the usual options. */
function kindOf(attacks: readonly Attack[]): AttackKind | undefined {
  const kinds = groups(attacks, ({ method, goal, options }) => [method, goal, options]).map(
    ([first, ...others]) => ({
      ...{ method: first.method, goal: first.goal, options: first.options },
      networks: new Set([first, ...others].map((row) => row.sourceModel)).size,
    }),
  )
  const isUsual = ({ method, goal }: AttackKind) => method === 'l-bfgs' && goal === 'random'
  return kinds
    .sort(
      (a, b) =>
        Number(isUsual(b)) - Number(isUsual(a)) ||
        b.networks - a.networks ||
        Number(a.options !== '') - Number(b.options !== '') ||
        compare(a.method + a.goal + a.options, b.method + b.goal + b.options),
    )
    .at(0)
}

const isOfKind = (row: Attack, kind: AttackKind | undefined) =>
  row.method === kind?.method && row.goal === kind.goal && row.options === kind.options

export const imagesOf = ({ dataset, split }: Pick<Attack, 'dataset' | 'split'>) => `${dataset} ${split}`

/** The images that most networks were attacked on. */
function usualImages(attacks: readonly Attack[], kind: AttackKind | undefined): string | undefined {
  const own = groups(
    attacks.filter((row) => isOfKind(row, kind)),
    (row) => [imagesOf(row)],
  ).map((rows) => ({
    images: imagesOf(rows[0]),
    networks: new Set(rows.map((row) => row.sourceModel)).size,
  }))
  return own.sort((a, b) => b.networks - a.networks || compare(a.images, b.images)).at(0)?.images
}

const attackOn = (
  model: string,
  attacks: readonly Attack[],
  kind: AttackKind | undefined,
  usual: string | undefined,
): Attack | undefined =>
  attacks
    .filter((row) => row.sourceModel === model && isOfKind(row, kind))
    .sort(
      (a, b) =>
        Number(imagesOf(b) === usual) - Number(imagesOf(a) === usual) ||
        b.attacked - a.attacked ||
        compare(a.run, b.run),
    )
    .at(0)

const inOrder = (a: Configuration, b: Configuration): number => {
  const [{ model: one }, { model: other }] = [a.networks[0], b.networks[0]]
  return (
    (one.depth ?? 0) - (other.depth ?? 0) ||
    (one.width ?? 0) - (other.width ?? 0) ||
    compare(a.line, b.line) ||
    (one.weight_decay ?? -1) - (other.weight_decay ?? -1) ||
    compare(a.name, b.name)
  )
}

export const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
