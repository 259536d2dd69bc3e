import { tf, type Layer, type Tensor, type Tensor1D, type Tensor4D } from '../tf.js'

type Config = Readonly<Record<string, unknown>>
type Convolution = Layer & {
  readonly kernel: { read(): Tensor4D }
  readonly bias: { read(): Tensor1D } | null
  readonly activation: { apply(x: Tensor): Tensor } | null
  readonly strides: [number, number]
  readonly padding: 'valid' | 'same'
  readonly dataFormat: string
  readonly dilationRate: [number, number]
  inputSpec: readonly tf.InputSpec[]
}

const [Conv2D] = tf.serialization.SerializationMap.getMap().classNameMap['Conv2D'] as unknown as [
  new (config: Config) => Convolution,
]

/**
 * Keras' Conv2D with `groups`, which TensorFlow.js leaves out: the first of so many equal parts of the filters see the first
 * of as many parts of the channels, and so on. The kernel is [height, width, channels / groups, filters].
 */
export class GroupedConvolution extends Conv2D {
  private readonly groups: number

  constructor(config: Config) {
    super(config)
    this.groups = Number(config['groups'])
    const filters = Number(config['filters'])
    if (filters % this.groups !== 0)
      throw new Error(`groups ${this.groups}: expected a divisor of its ${filters} filters`)
    if (this.dataFormat === 'channelsFirst')
      throw new Error(`groups ${this.groups}: expected channels last, with which groups are computed`)
  }

  override build(inputShape: number[]): void {
    const channels = inputShape[inputShape.length - 1]
    if (channels % this.groups !== 0)
      throw new Error(`groups ${this.groups}: expected a divisor of its ${channels} channels`)
    // the kernel's: each filter sees the channels of one group
    super.build([...inputShape.slice(0, -1), channels / this.groups])
    this.inputSpec = [new tf.InputSpec({ ndim: 4, axes: { 3: channels } })]
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tf.tidy(() => {
      const [x] = [inputs].flat() as Tensor4D[]
      const images: Tensor4D[] = tf.split(x, this.groups, 3)
      const kernels: Tensor4D[] = tf.split(this.kernel.read(), this.groups, 3)
      const { strides, padding, dilationRate } = this
      const parts = images.map((image, i) =>
        tf.conv2d<Tensor4D>(image, kernels[i], strides, padding, 'NHWC', dilationRate),
      )
      const sum: Tensor4D = tf.concat(parts, 3)
      const biased = this.bias ? tf.add<Tensor4D>(sum, this.bias.read()) : sum
      return this.activation ? this.activation.apply(biased) : biased
    })
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups }
  }
}
