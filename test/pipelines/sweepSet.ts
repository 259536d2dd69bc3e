import { formatArchitecture, parseArchitecture, sizeOfArchitecture } from '../../operators/architecture.js'
import type { ModelRecord } from '../../operators/records/model.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { examplesOf, modelOf, put, scoresOf } from './dataSet.js'

/** A network of a sweep, `CONFIGURATION#SEED`. */
export interface Trained {
  readonly architecture: string
  readonly seed: number
  readonly testError: number
  /** Distortions of its examples; NaN: a search that failed. None: it is not attacked. */
  readonly distortions?: readonly number[]
  /** Beside the architecture: images and recipe. */
  readonly recipe?: string
}

export const configurationOf = ({ architecture, recipe = '' }: Trained): string =>
  `${formatArchitecture(parseArchitecture(architecture))}${recipe}`
export const nameOf = (network: Trained): string => `${configurationOf(network)}#${network.seed}`

export function recordOf(network: Trained): ModelRecord {
  const architecture = parseArchitecture(network.architecture)
  return {
    ...modelOf(nameOf(network), 0, network.testError),
    ...sizeOfArchitecture(architecture),
    architecture: formatArchitecture(architecture),
    configuration: configurationOf(network),
    seed: network.seed,
  }
}

/** A victim's errors on `n` images that it gets right when clean, and whether it was asked at all. */
export type Errors = (source: Trained, victim: Trained) => readonly [errors: number, n: number] | undefined

/** Commits networks, their examples and what the networks make of each other's, in the order given. */
export async function sweepSet(
  folder: string,
  networks: readonly Trained[],
  errors: Errors = () => undefined,
  noise: (victim: Trained) => readonly [errors: number, n: number] | undefined = () => undefined,
): Promise<Lake> {
  const lake = await openLake(folder)
  for (const network of networks) {
    const name = nameOf(network)
    await put(lake, 'models', { name }, [recordOf(network)])
    if (network.distortions)
      await put(lake, 'examples', { source: name }, examplesOf(name, network.distortions, { split: 'test' }))
    const scores = networks.flatMap((victim) => {
      const [wrong, n] = errors(network, victim) ?? []
      return wrong === undefined || n === undefined
        ? []
        : [scoresOf(name, nameOf(victim), n, wrong, { split: 'test' })]
    })
    if (scores.length > 0) await put(lake, 'scores', { shown: name }, ...scores)
  }
  const noisy = networks.flatMap((victim) => {
    const [wrong, n] = noise(victim) ?? []
    const shown = { kind: 'gaussian', stddev: 0.1, split: 'test' } as const
    return wrong === undefined || n === undefined ? [] : [scoresOf('', nameOf(victim), n, wrong, shown)]
  })
  if (noisy.length > 0) await put(lake, 'scores', { shown: 'gaussian 0.1' }, ...noisy)
  return lake
}
