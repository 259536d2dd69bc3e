import type { Layer } from '../tf.js'
import { GroupedConvolution } from './groupedConvolution.js'
import { LocalResponseNormalization } from './localResponseNormalization.js'

type Kind = new (config: never) => Layer

/** Classes of layers that TensorFlow.js lacks. */
const OWN: Readonly<Partial<Record<string, Kind>>> = { LocalResponseNormalization }

/** What computes a layer that TensorFlow.js lacks; undefined for one that it has. */
export function ownLayer(className: string, { groups }: Readonly<Record<string, unknown>>): Kind | undefined {
  return className === 'Conv2D' && Number(groups ?? 1) > 1 ? GroupedConvolution : OWN[className]
}
