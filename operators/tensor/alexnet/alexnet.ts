import { BlindspotError } from '../../errors.js'
import { Chain } from './chain.js'
import type { NetworkPlan } from './plan.js'
import { requireKnown } from '../../options/knownOptions.js'

/** Options of `alexnet` and `alexnet2012`. */
export interface AlexnetOptions {
  /** Default: 1000, those of ImageNet. */
  readonly classes?: number | undefined
  /** Height and width of an input, 224 or 227; `alexnet2012` has 227 alone. Default: 224, `alexnet2012`: 227. */
  readonly size?: number | undefined
  /** Share of the filters and units that there are, over 0 to 1: small networks for tests. Default: 1. */
  readonly width?: number | undefined
}

/**
 * AlexNet in its widely used form of one stream (Krizhevsky 2014, "One weird trick", as torchvision has it): five
 * convolutions, 3×3 max pooling of stride 2 after the first, second and last, two dense layers of 4096, all with ReLU, no
 * normalisation. 61,100,840 weights with the thousand classes of ImageNet.
 *
 * Its layers are `conv1` … `conv5`, `pool1`, `pool2`, `pool5`, `fc6`, `fc7` and `logits`. In a PyTorch file the weights
 * have torchvision's names: `features.0`, `3`, `6`, `8`, `10` and `classifier.1`, `4`, `6`, each with `.weight` and `.bias`.
 *
 * @throws BlindspotError `bad-option`
 */
export function alexnet(options: AlexnetOptions = {}): NetworkPlan {
  requireKnown<AlexnetOptions>('alexnet', options, { classes: true, size: true, width: true })
  const { classes, size, of } = checked(options, [224, 227])
  return new Chain([size, size, 3])
    .convolution('conv1', { source: 'features.0', filters: of(64), size: 11, stride: 4, pad: 2 })
    .pool('pool1')
    .convolution('conv2', { source: 'features.3', filters: of(192), size: 5, pad: 2 })
    .pool('pool2')
    .convolution('conv3', { source: 'features.6', filters: of(384), size: 3, pad: 1 })
    .convolution('conv4', { source: 'features.8', filters: of(256), size: 3, pad: 1 })
    .convolution('conv5', { source: 'features.10', filters: of(256), size: 3, pad: 1 })
    .pool('pool5')
    .dense('fc6', 'classifier.1', of(4096), 'relu')
    .dense('fc7', 'classifier.4', of(4096), 'relu')
    .dense('logits', 'classifier.6', classes, 'linear')
    .plan('alexnet')
}

/**
 * AlexNet as its paper has it (Krizhevsky, Sutskever and Hinton 2012): `conv2`, `conv4` and `conv5` see the channels in two
 * groups, `norm1` and `norm2` normalise by neighbouring channels, before the pooling. 60,965,224 weights with the thousand
 * classes of ImageNet.
 *
 * The normalisation is the paper's formula, x / (2 + 1e-4 Σ x²)^0.75 over 5 channels, whose α PyTorch's LocalResponseNorm
 * and Caffe divide by 5: there the same is `alpha=5e-4`.
 *
 * Its layers are those of `alexnet`, `norm1` and `norm2`. In a PyTorch file its weights are those of
 * `features` = conv, ReLU, LRN, pool, conv, ReLU, LRN, pool, conv, ReLU, conv, ReLU, conv, ReLU, pool and of
 * `classifier` = dropout, linear, ReLU, dropout, linear, ReLU, linear: `features.0`, `4`, `8`, `10`, `12` and
 * `classifier.1`, `4`, `6`.
 *
 * @throws BlindspotError `bad-option`
 */
export function alexnet2012(options: AlexnetOptions = {}): NetworkPlan {
  requireKnown<AlexnetOptions>('alexnet2012', options, { classes: true, size: true, width: true })
  const { classes, size, of } = checked(options, [227])
  const normalization = { depth_radius: 2, bias: 2, alpha: 1e-4, beta: 0.75 }
  return new Chain([size, size, 3])
    .convolution('conv1', { source: 'features.0', filters: of(96), size: 11, stride: 4 })
    .add('LocalResponseNormalization', { name: 'norm1', ...normalization })
    .pool('pool1')
    .convolution('conv2', { source: 'features.4', filters: of(256), size: 5, pad: 2, groups: 2 })
    .add('LocalResponseNormalization', { name: 'norm2', ...normalization })
    .pool('pool2')
    .convolution('conv3', { source: 'features.8', filters: of(384), size: 3, pad: 1 })
    .convolution('conv4', { source: 'features.10', filters: of(384), size: 3, pad: 1, groups: 2 })
    .convolution('conv5', { source: 'features.12', filters: of(256), size: 3, pad: 1, groups: 2 })
    .pool('pool5')
    .dense('fc6', 'classifier.1', of(4096), 'relu')
    .dense('fc7', 'classifier.4', of(4096), 'relu')
    .dense('logits', 'classifier.6', classes, 'linear')
    .plan('alexnet-2012')
}

const MOST_CLASSES = 100_000

function checked({ classes = 1000, size, width = 1 }: AlexnetOptions, sizes: readonly number[]) {
  const side = size ?? sizes[0]
  if (!(Number.isSafeInteger(classes) && classes >= 2 && classes <= MOST_CLASSES))
    throw wrong('classes', classes, `a whole number from 2 to ${MOST_CLASSES}`)
  if (!sizes.includes(side)) throw wrong('size', side, sizes.join(' or '))
  if (!(width > 0 && width <= 1)) throw wrong('width', width, 'a number over 0 to 1')
  // even, for groups of two
  return { classes, size: side, of: (units: number) => Math.max(2, 2 * Math.round((units * width) / 2)) }
}

function wrong(option: string, value: unknown, expected: string): BlindspotError {
  return new BlindspotError('bad-option', `${option}: expected ${expected}, got ${String(value)}`)
}
