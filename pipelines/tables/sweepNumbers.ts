import { groups } from '../../operators/records/groups.js'
import { imagesOf, type Configuration, type Configurations, type Network } from './configurations.js'
import { meanOverSeeds, type SeedsOptions } from './meanOverSeeds.js'
import { successOf, type ScoreRow } from './measured.js'
import { rightErrorsOf } from './scoreColumns.js'
import { proportion, rate, type Estimate } from './statistics.js'

/** A number of a configuration: the mean over networks with its interval over seeds; of one network the interval is over images. */
export interface Spread extends Estimate {
  readonly over: 'seeds' | 'images'
}

/** What is told of each network, and of each configuration. */
export const MEASURES = ['testError', 'distortion', 'success', 'transfer'] as const
export type SweepMeasure = (typeof MEASURES)[number]

/** A network's numbers, with their intervals over images; undefined where there is none. */
export interface NetworkNumbers extends Readonly<Record<SweepMeasure, Estimate | undefined>> {
  readonly name: string
  readonly seed: number
}

/** A configuration with its numbers. */
export interface ConfigurationNumbers extends Readonly<Record<SweepMeasure, Spread | undefined>> {
  readonly configuration: Configuration
  readonly networks: readonly NetworkNumbers[]
  /** Data sets and splits of the images that were attacked. */
  readonly images: string
}

/** Errors of one network on the examples of another, over the images that it gets right when clean. */
export interface NetworkPair {
  readonly source: string
  readonly victim: string
  /** Names of their configurations. */
  readonly from: string
  readonly to: string
  readonly error: Estimate
}

/** Where a number is: a share, or from 0. */
const RANGES: Readonly<Record<SweepMeasure, SeedsOptions>> = {
  testError: { least: 0, most: 1 },
  distortion: { least: 0 },
  success: { least: 0, most: 1 },
  transfer: { least: 0, most: 1 },
}

/** The pairs of two networks of which one was fed the other's examples; a network is no pair with itself. */
export function pairsOf(
  { configurations }: Configurations,
  scores: readonly ScoreRow[],
): readonly NetworkPair[] {
  const places = new Map(
    configurations.flatMap(({ name, networks }) =>
      networks.map(({ model, attack }) => [model.model, { configuration: name, attack }]),
    ),
  )
  return scores.flatMap((row) => {
    const { source_model: source, model: victim, kind, run, dataset, split } = row
    const [from, to] = [places.get(source), places.get(victim)]
    if (!from?.attack || !to || source === victim || kind !== 'adversarial' || row.clean_n === 0) return []
    if (from.attack.run !== run || imagesOf(from.attack) !== imagesOf({ dataset, split })) return []
    const names = { from: from.configuration, to: to.configuration }
    return [{ source, victim, ...names, error: rate(rightErrorsOf(row)) }]
  })
}

/** The numbers of each configuration and of its networks. */
export function numbersOf(
  { configurations }: Configurations,
  pairs: readonly NetworkPair[],
): readonly ConfigurationNumbers[] {
  const bySource = new Map(
    groups(pairs, ({ source }) => [source]).map((own) => [own[0].source, own] as const),
  )
  return configurations.map((configuration) => {
    const othersOf = ({ model }: Network) =>
      (bySource.get(model.model) ?? []).filter(({ from, to }) => from !== to)
    const fed = [...new Set(configuration.networks.flatMap(othersOf).map(({ to }) => to))].sort()
    const networks = configuration.networks.map((network): NetworkNumbers => {
      const own = othersOf(network)
      const errors = fed.map((name) => own.filter(({ to }) => to === name).map(({ error }) => error))
      return { ...ownNumbers(network), transfer: meanError(errors) }
    })
    const spreads = Object.fromEntries(
      MEASURES.map((measure) => [
        measure,
        spreadOf(
          networks.map((network) => network[measure]),
          RANGES[measure],
        ),
      ]),
    ) as Record<SweepMeasure, Spread | undefined>
    const images = configuration.networks.flatMap(({ attack }) => (attack ? [imagesOf(attack)] : []))
    return { ...spreads, configuration, networks, images: [...new Set(images)].sort().join(', ') }
  })
}

function ownNumbers({ model, attack }: Network): Omit<NetworkNumbers, 'transfer'> {
  const { model: name, seed, test_error: error, test_images: n } = model
  const success = attack && rate(successOf(attack))
  return {
    ...{ name, seed },
    testError: error === null || n === 0 ? undefined : proportion(Math.round(error * n), n),
    distortion: attack && attack.distortion.n > 0 ? attack.distortion : undefined,
    success: success && success.n > 0 ? success : undefined,
  }
}

/**
 * The mean over configurations of the mean over their networks; none where a configuration has no network. Its interval is
 * Wilson's, of as many images as the victim with the most has: they are the same images for all.
 */
function meanError(errors: readonly (readonly Estimate[])[]): Estimate | undefined {
  if (errors.length === 0 || errors.some((own) => own.length === 0)) return undefined
  const value = meanOf(errors.map((own) => meanOf(own.map((error) => error.value))))
  const n = Math.max(...errors.flat().map((error) => error.n))
  return proportion(value * n, n)
}

/** The mean over networks with its interval over seeds; the number of a network that is alone as it is. */
export function spreadOf(
  numbers: readonly (Estimate | undefined)[],
  range: SeedsOptions = { least: 0, most: 1 },
): Spread | undefined {
  const known = numbers.filter((one) => one !== undefined)
  if (known.length === 0) return undefined
  if (known.length === 1) return { ...known[0], over: 'images' }
  return {
    ...meanOverSeeds(
      known.map(({ value }) => value),
      range,
    ),
    over: 'seeds',
  }
}

const meanOf = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b).reduce((sum, value) => sum + value, 0) / values.length
