import type { Half } from '../../sources/select.js'

/** A network of Table 1 and what the paper reports of it; errors in per cent. */
export interface PublishedModel {
  /** The model's name, in the paper and in a data set. */
  readonly name: string
  /**
   * The architecture in its short form. The paper does not say that its linear networks have no bias: of the readings
   * tried (docs/training.md) this one alone gives all six errors.
   */
  readonly architecture: string
  readonly trainError: number
  readonly testError: number
  /** Average minimum distortion, RMS. */
  readonly distortion: number
}

/** Table 1 of Szegedy et al. 2013 (arXiv 1312.6199), in the version of the ECS289 deck. */
export const PUBLISHED_TABLE_1: readonly PublishedModel[] = [
  {
    name: 'FC10(1e-4)',
    architecture: 'FC10-nobias(1e-4)',
    trainError: 6.7,
    testError: 7.4,
    distortion: 0.062,
  },
  { name: 'FC10(1e-2)', architecture: 'FC10-nobias(1e-2)', trainError: 10, testError: 9.4, distortion: 0.1 },
  { name: 'FC10(1)', architecture: 'FC10-nobias(1)', trainError: 21.2, testError: 20, distortion: 0.14 },
  { name: 'FC100-100-10', architecture: 'FC100-100-10', trainError: 0, testError: 1.64, distortion: 0.058 },
  { name: 'FC200-200-10', architecture: 'FC200-200-10', trainError: 0, testError: 1.54, distortion: 0.065 },
  { name: 'AE400-10', architecture: 'AE400-10', trainError: 0.57, testError: 1.9, distortion: 0.086 },
]

/** What the paper's networks were trained on, and with what they were tested. */
const DATASET = 'mnist'
export const PUBLISHED_TRAINING_IMAGES = 60_000

/** A data set and a split as tables name them. */
export const publishedImages = (split: 'train' | 'test'): string => `${DATASET} ${split}`

/** Whether images are those that the paper's numbers are of. */
export const arePublished = (
  images: { readonly dataset: string; readonly split: string } | undefined,
  split: 'train' | 'test',
): boolean => images?.dataset === DATASET && images.split === split

/** The paper's sample for Table 2: its percentages are multiples of 1/256. */
export const PUBLISHED_SAMPLE = 256

/** Figure 5 of the paper: the average distortion of examples for AlexNet on ImageNet, and of how many images. */
export const PUBLISHED_ALEXNET = { distortion: 0.0065, images: 64 } as const

/** Standard deviations of Table 2's noise rows. */
export const NOISE = [0.1, 0.3] as const

/** The networks of the paper's figure of MNIST examples, and the standard deviation of its random distortion. */
export const FIGURE_NETWORKS: readonly string[] = ['FC10(1e-4)', 'FC200-200-10']
export const FIGURE_NOISE = 1

/** Table 2: error in per cent of each model (column) on what was made for each row, in Table 1's order. */
export const PUBLISHED_TABLE_2: ReadonlyMap<string, readonly number[]> = new Map([
  ['FC10(1e-4)', [100, 11.7, 22.7, 2, 3.9, 2.7]],
  ['FC10(1e-2)', [87.1, 100, 35.2, 35.9, 27.3, 9.8]],
  ['FC10(1)', [71.9, 76.2, 100, 48.1, 47, 34.4]],
  ['FC100-100-10', [28.9, 13.7, 21.1, 100, 6.6, 2]],
  ['FC200-200-10', [38.2, 14, 23.8, 20.3, 100, 2.7]],
  ['AE400-10', [23.4, 16, 24.8, 9.4, 6.6, 100]],
  ['gaussian 0.1', [5.0, 10.1, 18.3, 0, 0, 0.8]],
  ['gaussian 0.3', [15.6, 11.3, 22.7, 5, 4.3, 3.1]],
])

/** A network of Table 3, trained on one half of the training images, and what the paper reports; errors in per cent. */
export interface PublishedHalf {
  /** The model's name in a data set: its architecture and its half. */
  readonly name: string
  /** The network's name in the paper. */
  readonly label: string
  readonly architecture: string
  readonly half: Half
  readonly p1Error: number
  readonly p2Error: number
  readonly testError: number
  readonly distortion: number
}

/** Table 3. */
export const PUBLISHED_TABLE_3: readonly PublishedHalf[] = [
  {
    name: 'FC100-100-10@P1',
    label: 'FC100-100-10',
    architecture: 'FC100-100-10',
    half: 'P1',
    ...{ p1Error: 0, p2Error: 2.4, testError: 2, distortion: 0.062 },
  },
  {
    name: 'FC123-456-10@P1',
    label: 'FC123-456-10',
    architecture: 'FC123-456-10',
    half: 'P1',
    ...{ p1Error: 0, p2Error: 2.5, testError: 2.1, distortion: 0.059 },
  },
  {
    name: 'FC100-100-10@P2',
    label: 'FC100-100-10′',
    architecture: 'FC100-100-10',
    half: 'P2',
    ...{ p1Error: 2.3, p2Error: 0, testError: 2.1, distortion: 0.058 },
  },
]

/** RMS of Table 4's amplified examples. */
export const AMPLIFIED = 0.1

/** Standard deviations of Table 4's noise rows: of the examples' own size, and of the amplified ones'. */
export const NOISE_BESIDE_EXAMPLES = 0.06
export const NOISE_BESIDE_AMPLIFIED = 0.1

/** Table 4: error in per cent of each model of Table 3 (column) on what was made for each row. */
export const PUBLISHED_TABLE_4: ReadonlyMap<string, readonly number[]> = new Map([
  ['FC100-100-10@P1', [100, 26.2, 5.9]],
  ['FC123-456-10@P1', [6.25, 100, 5.1]],
  ['FC100-100-10@P2', [8.2, 8.2, 100]],
  ['gaussian 0.06', [2.2, 2.6, 2.4]],
  ['FC100-100-10@P1, RMS 0.1', [100, 98, 43]],
  ['FC123-456-10@P1, RMS 0.1', [96, 100, 22]],
  ['FC100-100-10@P2, RMS 0.1', [27, 50, 100]],
  ['gaussian 0.1', [2.6, 2.8, 2.7]],
])

/** Networks whose hidden layers are ranked. */
export const RANKED_NETWORKS: readonly string[] = ['FC100-100-10', 'FC200-200-10', 'AE400-10']

/**
 * Mean ‖r‖₂/‖x‖₂ of untargeted attacks, from Table 1 of DeepFool's paper (Moosavi-Dezfooli, Fawzi, Frossard, CVPR 2016, arXiv
 * 1511.04599), whose L-BFGS is the method of Szegedy et al.; on ImageNet it is of DeepFool alone.
 */
export const PUBLISHED_RELATIVE: readonly {
  readonly network: string
  readonly data: string
  readonly lbfgs?: number
  readonly deepFool: number
}[] = [
  { network: 'a ReLU network FC500-150-10', data: 'MNIST', lbfgs: 0.12, deepFool: 0.11 },
  { network: 'CaffeNet', data: 'ImageNet', deepFool: 0.0027 },
]
