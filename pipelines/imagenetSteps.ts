import { attackStep } from './steps/attackStep.js'
import type { AttackSpec } from './steps/attackSpec.js'
import type { StepImages } from './steps/images.js'
import type { StepModel } from './steps/stepModel.js'
import { rankStep } from './steps/rankStep.js'
import type { ScoreSpec } from './steps/scoreSpec.js'
import { scoreStep } from './steps/scoreStep.js'
import type { PlannedStep } from './steps/stepKind.js'
import { CLEAN_PHOTOGRAPHS } from './tables/photographs.js'

/** What is done to photographs. */
export interface ImagenetSettings {
  /** SOURCE, such as `imagenet:ILSVRC2012/val`. */
  readonly source: string
  /** How many images, the first in the seed's order, are evaluated, attacked and ranked. Default: all. */
  readonly images?: number | undefined
  /** Images attacked per network, of those that it gets right. Default 256. */
  readonly limit?: number | undefined
  /** Seed of the images' order, of targets, directions and noise. Default 1. */
  readonly seed?: number | undefined
}

/** A network as the plan has it. */
export interface PlannedNetwork {
  readonly path: string
  readonly name: string
  /** As in `StepModel`. */
  readonly preprocess?: string | undefined
  /** Layers that are ranked. */
  readonly layers: readonly string[]
  /** Shape of its input: examples are shown to networks of the same. */
  readonly inputShape: readonly number[]
  /** Whether the photographs' labels are classes of the network: others it labels itself, and has no errors on. */
  readonly isLabelled: boolean
}

/** Images attacked per network, as in the paper. */
const SAMPLE = 256
/** Qualities of the JPEG files that examples have to survive. */
const QUALITIES = [95, 75, 50]

/** Every network on the clean photographs, where it knows their classes, and its attack: a random wrong target for each that it gets right. */
export function attackPlan(
  networks: readonly PlannedNetwork[],
  settings: ImagenetSettings,
): readonly PlannedStep[] {
  const { limit = SAMPLE } = settings
  const images = imagesOf(settings)
  const labelled = networks.filter(({ isLabelled }) => isLabelled)
  return [
    ...(labelled.length > 0
      ? [scored({ kind: 'clean', images }, `clean ${CLEAN_PHOTOGRAPHS}`, labelled)]
      : []),
    ...networks.map((network) => ({ step: attackOf(network, settings), effort: { examples: limit } })),
  ]
}

/**
 * Every network's examples fed to every network of the same input, as they are and as 8-bit files, noise of their size on the
 * same images, and the photographs ranked along the layers.
 *
 * @param sizes of each network's perturbations, by its name: the standard deviations of the noise
 */
export function examplesPlan(
  networks: readonly PlannedNetwork[],
  settings: ImagenetSettings,
  sizes: ReadonlyMap<string, number>,
): readonly PlannedStep[] {
  const { seed = 1 } = settings
  const attacked = networks.filter(({ name }) => sizes.has(name))
  const fed = attacked.flatMap((network) => {
    const { name } = network
    const examples = { attack: attackOf(network, settings).spec }
    const victims = networks.filter((other) => isAlike(other, network))
    const noise = sizes.get(name) ?? NaN
    return [
      scored({ kind: 'adversarial', examples }, name, victims),
      scored({ kind: 'png', examples }, `${name}, PNG`, victims),
      ...QUALITIES.map((quality) =>
        scored({ kind: 'jpeg', quality, examples }, `${name}, JPEG ${quality}`, victims),
      ),
      scored(
        { kind: 'gaussian', stddev: noise, seed, clip: false, images: { originals: [examples] } },
        `gaussian ${noise}`,
        victims,
      ),
    ]
  })
  return [...fed, ...networks.flatMap((network) => ranked(network, settings))]
}

const imagesOf = ({ source, images, seed = 1 }: ImagenetSettings): StepImages => ({
  source,
  shuffle: seed,
  ...(images !== undefined && { first: images }),
})

const modelOf = ({ path, name, preprocess }: PlannedNetwork): StepModel => ({
  ...{ path, name },
  ...(preprocess !== undefined && { preprocess }),
})

const attackOf = (network: PlannedNetwork, settings: ImagenetSettings) =>
  attackStep({
    ...{ model: modelOf(network), images: imagesOf(settings), goal: 'random', seed: settings.seed ?? 1 },
  } satisfies AttackSpec)

function scored(shown: ScoreSpec['shown'], partition: string, to: readonly PlannedNetwork[]): PlannedStep {
  return { step: scoreStep({ models: to.map(modelOf), shown, partition }), effort: {} }
}

const isAlike = (a: PlannedNetwork, b: PlannedNetwork) => a.inputShape.join() === b.inputShape.join()

const ranked = (network: PlannedNetwork, settings: ImagenetSettings): readonly PlannedStep[] =>
  network.layers.map((layer) => ({
    step: rankStep({
      ...{ model: modelOf(network), layer, images: imagesOf(settings) },
      passes: [{ basis: ['unit', 'gaussian', 'rotation'], seed: settings.seed ?? 1 }],
      controls: { untrained: 'known' },
    }),
    effort: {},
  }))
