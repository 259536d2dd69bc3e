import { BlindspotError } from '../operators/errors.js'
import { layersOf, parseArchitecture } from '../operators/architecture.js'
import { attackStep } from './steps/attackStep.js'
import type { AttackSpec } from './steps/attackSpec.js'
import type { StepImages } from './steps/images.js'
import { modelName } from './steps/modelName.js'
import type { StepModel } from './steps/stepModel.js'
import type { PlannedStep } from './steps/stepKind.js'
import { rankStep } from './steps/rankStep.js'
import type { ScoreSpec } from './steps/scoreSpec.js'
import { scoreStep } from './steps/scoreStep.js'
import { searchPathStep } from './steps/searchPathStep.js'
import { trainStep } from './steps/trainStep.js'
import {
  AMPLIFIED,
  FIGURE_NOISE,
  NOISE,
  NOISE_BESIDE_AMPLIFIED,
  NOISE_BESIDE_EXAMPLES,
  PUBLISHED_SAMPLE,
  PUBLISHED_TABLE_1,
  PUBLISHED_TABLE_3,
  RANKED_NETWORKS,
} from './tables/published.js'
import { requireKnown, type Known } from '../operators/options/knownOptions.js'

/** What the paper's steps are made of. */
export interface PaperSettings {
  /** Images attacked per network, of those that it gets right. Default 256, as in the paper; with `quick` 64. */
  readonly limit?: number | undefined
  /** Fewer training images and epochs: to see everything run, not to compare with the paper. Default false. */
  readonly quick?: boolean | undefined
  /** Seed of weights, shuffles, targets and noise. Default 1. */
  readonly seed?: number | undefined
  /**
   * How many seeds, the first of them `seed`: all is done with each. Networks of the first have the paper's names, those of
   * another one NAME#SEED. Default 1.
   */
  readonly seeds?: number | undefined
  /**
   * Whether to make Table 4 also with the paper's formula as it is written, x + 0.1 (x′ − x) / ‖x′ − x‖₂: an L2 norm
   * of 0.1. Default false.
   */
  readonly literal?: boolean | undefined
}

/** The steps that the paper's tables and figures are made from. */
export interface PaperPlan {
  /** Trainings, the longest first: several run side by side, and end together. */
  readonly trainings: readonly PlannedStep[]
  /** All other steps, in an order in which each has what it needs. */
  readonly others: readonly PlannedStep[]
}

const QUICK = { sample: 64, train: 10_000, rank: 2000, recipe: { epochs: 8, iterations: 60 } } as const
/** The nine searches of an untargeted row cost as much as nine random ones: no more images than this. */
const MOST_UNTARGETED = 256
/**
 * Epochs on half of the images, as many steps as the recipe's 20 take on all: with half of them SGD leaves some
 * wrong.
 */
const HALF_EPOCHS: Readonly<Record<string, number>> = { 'FC100-100-10': 40 }
/** Networks whose training takes longest, the longest first. */
const LONGEST = [
  'FC200-200-10',
  'FC123-456-10@P1',
  'FC100-100-10@P2',
  'FC100-100-10@P1',
  'AE400-10',
  'FC100-100-10',
]

/** How many images are attacked of each network. */
export const paperSample = ({ limit, quick = false }: PaperSettings): number =>
  limit ?? (quick ? QUICK.sample : PUBLISHED_SAMPLE)

/** How many images the networks of Tables 1 and 3 are trained on with `quick`. */
export const QUICK_TRAINING = QUICK.train

/** The names of the settings. */
export const PAPER_SETTINGS: Known<PaperSettings> = {
  ...{ limit: true, quick: true, seed: true, seeds: true, literal: true },
}

/**
 * Tables 1 and 2: six networks, attacked on the first training images, in the seed's order, that each gets right, with a
 * random wrong target each and with the least over all wrong classes; every network's examples fed to every network, and
 * noise of the same images. Tables 3 and 4: three networks trained on disjoint halves, of which the second begins with weights
 * of its own, attacked on test images, which none has seen. Units: the test images ranked along the hidden layers of three.
 */
export function paperSteps(settings: PaperSettings = {}): PaperPlan {
  requireKnown('paperSteps', settings, PAPER_SETTINGS)
  const { seed = 1, seeds = 1 } = settings
  if (!(Number.isSafeInteger(seeds) && seeds >= 1))
    throw new BlindspotError('bad-option', `seeds: expected a whole number from 1, got ${String(seeds)}`)
  const plans = Array.from({ length: seeds }, (_, i) =>
    seedSteps({ ...settings, seed: seed + i }, i === 0 ? '' : `#${seed + i}`),
  )
  return {
    trainings: plans
      .flatMap(({ trainings }) => trainings)
      .sort((a, b) => placeOf(a.paper) - placeOf(b.paper))
      .map(({ planned }) => planned),
    others: plans.flatMap(({ others }) => others),
  }
}

/** The steps of one seed, its trainings with the paper's names of their networks. */
interface SeedPlan {
  readonly trainings: readonly { readonly paper: string; readonly planned: PlannedStep }[]
  readonly others: readonly PlannedStep[]
}

/**
 * The steps of one seed.
 *
 * @param suffix after the names of its networks, and so of its steps and of the folders of its rows: those of other seeds are others
 */
function seedSteps(settings: PaperSettings, suffix: string): SeedPlan {
  const { quick = false, seed = 1, literal = false } = settings
  const sample = paperSample(settings)
  const imagesOf = (source: string, first?: number): StepImages => ({
    source,
    shuffle: seed,
    ...(first !== undefined && { first }),
  })
  const all = imagesOf('mnist:train', quick ? QUICK.train : undefined)
  const half = (name: string) => imagesOf(`mnist:train/${name}`, quick ? QUICK.train / 2 : undefined)
  const test = imagesOf('mnist:test')

  const networks = PUBLISHED_TABLE_1.map(({ name, architecture }) => ({
    ...{ paper: name, name: `${name}${suffix}`, architecture },
  }))
  const halves = PUBLISHED_TABLE_3.map(({ name, architecture, half: own }) => ({
    ...{ paper: name, name: `${name}${suffix}`, architecture },
    half: own,
  }))
  const trainings = [
    ...networks.map((network) => ({ ...network, images: all, seed, options: quick ? QUICK.recipe : {} })),
    ...halves.map((network) => ({
      ...network,
      images: half(network.half),
      seed: network.half === 'P1' ? seed : seed + 1,
      options: quick ? QUICK.recipe : { epochs: HALF_EPOCHS[network.architecture] },
    })),
  ].map(({ paper, name, architecture, images, options, seed: own }) => ({
    paper,
    step: trainStep({
      ...{ name, architecture, seed: own, options, folder: folderOf(name) },
      // the order of all images is the recipe's own affair
      images: quick ? images : { source: images.source },
      test: { source: 'mnist:test' },
    }),
  }))

  const modelOf = (name: string): StepModel => {
    const train = trainings.find(({ step }) => step.spec.name === name)?.step.spec
    if (!train) throw new Error(`the paper has no network ${name}`)
    return { train }
  }
  const attackOf = (name: string, images: StepImages, goal: AttackSpec['goal'] = 'random'): AttackSpec => ({
    ...{ model: modelOf(name), images, goal, seed },
  })
  const attacked = (spec: AttackSpec, examples = sample): PlannedStep => ({
    step: attackStep(spec, [`train ${modelName(spec.model)}`]),
    effort: { examples },
  })
  const scored = (
    shown: ScoreSpec['shown'],
    partition: string,
    to: readonly { name: string }[],
    limit?: number,
  ) => {
    const made =
      'examples' in shown && 'attack' in shown.examples ? [attackStep(shown.examples.attack).name] : []
    const needs = [...to.map(({ name }) => `train ${name}`), ...made]
    const spec = { models: to.map(({ name }) => modelOf(name)), shown, partition }
    return { step: scoreStep(spec, needs), effort: { limit } }
  }
  const noise = (stddev: number, images: StepImages, to: readonly { name: string }[]) =>
    scored({ kind: 'gaussian', stddev, seed, clip: false, images }, `gaussian ${stddev}${suffix}`, to, sample)
  const fed = (name: string, images: StepImages, to: readonly { name: string }[]) =>
    scored({ kind: 'adversarial', examples: { attack: attackOf(name, images) } }, name, to)
  const amplified = (name: string, norm: 'rms' | 'l2') =>
    scored(
      { kind: 'amplified', examples: { attack: attackOf(name, test) }, size: AMPLIFIED, norm, clip: false },
      `${name}, ${norm === 'rms' ? 'RMS' : 'L2'} ${AMPLIFIED}`,
      halves,
    )

  return {
    trainings: trainings.map(({ paper, step }) => ({ paper, planned: { step, effort: {} } })),
    others: [
      ...networks.flatMap(({ name }) => [
        attacked(attackOf(name, all)),
        attacked(attackOf(name, all, 'untargeted'), Math.min(sample, MOST_UNTARGETED)),
        { step: searchPathStep({ attack: attackOf(name, all) }, [`train ${name}`]), effort: {} },
      ]),
      ...networks.map(({ name }) => fed(name, all, networks)),
      ...[...NOISE, FIGURE_NOISE].map((stddev) => noise(stddev, all, networks)),
      ...halves.map(({ name }) => attacked(attackOf(name, test))),
      ...(['P1', 'P2'] as const).map((name) =>
        scored({ kind: 'clean', images: half(name) }, `clean ${name}${suffix}`, halves),
      ),
      scored({ kind: 'clean', images: test }, `clean test${suffix}`, halves),
      ...halves.map(({ name }) => fed(name, test, halves)),
      noise(NOISE_BESIDE_EXAMPLES, test, halves),
      ...halves.map(({ name }) => amplified(name, 'rms')),
      ...(literal ? halves.map(({ name }) => amplified(name, 'l2')) : []),
      noise(NOISE_BESIDE_AMPLIFIED, test, halves),
      ...networks
        .filter(({ paper }) => RANKED_NETWORKS.includes(paper))
        .flatMap(({ name, architecture }) =>
          ranked(modelOf(name), architecture, seed, imagesOf('mnist:test', quick ? QUICK.rank : undefined)),
        ),
    ],
  }
}

/** Every hidden layer: along its units, as many Gaussian directions, a rotation and the principal components; with controls. */
const ranked = (
  model: StepModel,
  architecture: string,
  seed: number,
  images: StepImages,
): readonly PlannedStep[] =>
  // the last layer's are the logits
  layersOf(parseArchitecture(architecture))
    .slice(0, -1)
    .map((layer) => ({
      step: rankStep(
        {
          ...{ model, layer, images },
          passes: [
            { basis: ['unit', 'gaussian', 'rotation', 'principal'], seed },
            { basis: ['principal'], center: true, control: false, seed },
          ],
          controls: { pixels: true, untrained: 'known' },
        },
        [`train ${modelName(model)}`],
      ),
      effort: {},
    }))

const folderOf = (name: string) => `networks/${name}`
const placeOf = (name: string) => (LONGEST.includes(name) ? LONGEST.indexOf(name) : LONGEST.length)
