import type { Json } from '../modelFile.js'
import { layer } from '../training/topology.js'
import type { NetworkPlan, WeightPlan } from './plan.js'

/** A convolution of a chain. */
export interface ConvolutionPlan {
  readonly source: string
  readonly filters: number
  readonly size: number
  readonly stride?: number
  /** Rows and columns of zeros around the input. Default: 0. */
  readonly pad?: number
  readonly groups?: number
}

/** Gathers a chain of layers, and follows the shape of what flows through it. */
export class Chain {
  private readonly layers: Json[] = []
  private readonly weights: WeightPlan[] = []
  private shape: [height: number, width: number, channels: number]
  private flat = false

  constructor(private readonly inputShape: NetworkPlan['inputShape']) {
    this.shape = [...inputShape]
  }

  /** A convolution with a ReLU. */
  convolution(
    name: string,
    { source, filters, size, stride = 1, pad = 0, groups = 1 }: ConvolutionPlan,
  ): this {
    const [height, width, channels] = this.shape
    // what pads all around by so much at stride 1
    const same = stride === 1 && size === 2 * pad + 1
    if (pad > 0 && !same)
      this.add('ZeroPadding2D', {
        ...{ name: `${name}_pad`, data_format: 'channels_last' },
        padding: [
          [pad, pad],
          [pad, pad],
        ],
      })
    this.add('Conv2D', {
      ...{ name, filters, kernel_size: [size, size], strides: [stride, stride] },
      ...{ padding: same ? 'same' : 'valid', activation: 'relu', use_bias: true },
      ...(groups > 1 ? { groups } : {}),
    })
    const inputs = channels / groups
    this.weight(name, [size, size, inputs, filters], source, [filters, inputs, size, size])
    const out = (extent: number) => Math.floor((extent + 2 * pad - size) / stride) + 1
    this.shape = [out(height), out(width), filters]
    return this
  }

  /** Overlapping max pooling, 3×3 with stride 2. */
  pool(name: string): this {
    this.add('MaxPooling2D', { name, pool_size: [3, 3], strides: [2, 2], padding: 'valid' })
    const [height, width, channels] = this.shape
    this.shape = [(height - 1) >> 1, (width - 1) >> 1, channels]
    return this
  }

  /** A layer that leaves the shape as it is. */
  add(className: string, config: { readonly [key: string]: Json }): this {
    const first = this.layers.length === 0 ? { batch_input_shape: [null, ...this.inputShape] } : {}
    this.layers.push(layer(className, { ...config, ...first, dtype: 'float32' }))
    return this
  }

  dense(name: string, source: string, units: number, activation: 'relu' | 'linear'): this {
    const [height, width, channels] = this.shape
    const inputs = height * width * channels
    if (!this.flat) this.add('Flatten', { name: 'flatten' })
    this.flat = true
    this.add('Dense', { name, units, activation, use_bias: true })
    this.weight(name, [inputs, units], source, [units, channels, height, width], [units, inputs])
    this.shape = [1, 1, units]
    return this
  }

  plan(name: string): NetworkPlan {
    const { inputShape, layers, weights } = this
    return { name, inputShape, classes: this.shape[2], layers, weights }
  }

  private weight(
    name: string,
    shape: readonly number[],
    source: string,
    view: WeightPlan['view'],
    sourceShape: readonly number[] = view,
  ): void {
    const [units] = view
    this.weights.push(
      { name: `${name}/kernel`, shape, source: `${source}.weight`, sourceShape, view },
      {
        ...{ name: `${name}/bias`, shape: [units], source: `${source}.bias`, sourceShape: [units] },
        view: [units, 1, 1, 1],
      },
    )
  }
}
