import { map, type OperatorFunction } from 'rxjs'
import { activations, layoutOf, type ActivationOptions } from '../../operators/activations.js'
import type { Classifier } from '../../operators/classifier.js'
import type { RankOptions } from '../../operators/rank.js'
import type { ActivationBatch } from '../../operators/records/activation.js'
import type { ImageBatch } from '../../operators/records/image.js'

/** What the directions of a layer are compared with. */
export interface RankControls {
  /** Whether to rank along Gaussian directions of the images' own pixels: the basis `pixels`. */
  readonly pixels?: boolean | undefined
  /** The network before its training: the bases `untrained unit` and `untrained gaussian` of the same layer. */
  readonly untrained?: Classifier | undefined
}

/** A layer, and the directions along which it is ranked. */
export interface RankedLayer {
  readonly model: Classifier
  readonly layer: string
  readonly activations: ActivationOptions
  /** Directions that the layer is ranked along, pass by pass over the whole stream, all into the same run. */
  readonly passes: readonly RankOptions[]
  /** What the layer is compared with, along as many directions and into the same run. Default: nothing. */
  readonly controls?: RankControls | undefined
}

/** One stream of φ(x), the directions that it is ranked along and what the rows call them. */
export interface RankPass {
  readonly phi: OperatorFunction<ImageBatch, ActivationBatch>
  readonly options: RankOptions
  readonly nameOf?: (basis: string) => string
}

/** The passes, and those of the controls: along as many directions, drawn by the same seed. */
export function rankPasses(step: RankedLayer): readonly RankPass[] {
  const { model, layer, passes, controls: { pixels, untrained } = {} } = step
  // only single units have an order of their own
  const orderOf = ({ basis }: RankOptions) => [basis].flat().includes('unit')
  const own = passes.map((options) => ({
    phi: activations(model, layer, { ...step.activations, order: orderOf(options) }),
    options,
  }))
  const [first] = passes
  const like = { count: first.count, top: first.top, seed: first.seed, center: first.center, control: false }
  const { units, pooling } = layoutOf(model, layer, step.activations.pool)
  const side = step.activations.pre ? 'pre' : 'post'
  return [
    ...own,
    ...(pixels
      ? [
          {
            phi: map(pixelsAs({ model: model.name, layer, side, pool: pooling })),
            options: { ...like, count: like.count ?? units, basis: 'gaussian' as const },
            nameOf: () => 'pixels',
          },
        ]
      : []),
    ...(untrained
      ? [
          {
            phi: activations({ ...untrained, name: model.name }, layer, step.activations),
            options: { ...like, basis: ['unit', 'gaussian'] as const },
            nameOf: (basis: string) => `untrained ${basis}`,
          },
        ]
      : []),
  ]
}

/** The pixels themselves as φ(x), to stand beside a layer. */
const pixelsAs =
  (layer: Pick<ActivationBatch, 'model' | 'layer' | 'side' | 'pool'>) =>
  ({ dataset, split, index, label, pixels }: ImageBatch): ActivationBatch => ({
    ...layer,
    ...{ dataset, split, index, label, values: pixels },
  })
