import type { Layer } from '../tf.js'
import { CenterCrop } from './centerCrop.js'
import { GlobalAverage } from './globalAverage.js'
import { GroupedConvolution } from './groupedConvolution.js'
import { LocalResponseNormalization } from './localResponseNormalization.js'
import { Normalization } from './normalization.js'
import { PartialNormalization } from './partialNormalization.js'
import { Resizing } from './resizing.js'

type Kind = new (config: never) => Layer

/** Classes of layers that TensorFlow.js lacks, or computes in a way that does not do here. */
const OWN: Readonly<Partial<Record<string, Kind>>> = {
  ...{ CenterCrop, LocalResponseNormalization, Normalization, Resizing },
  GlobalAveragePooling2D: GlobalAverage,
}

/** What computes a layer in place of TensorFlow.js; undefined where that does. */
export function ownLayer(
  className: string,
  { groups, scale, center }: Readonly<Record<string, unknown>>,
): Kind | undefined {
  if (className === 'BatchNormalization')
    return scale === false || center === false ? PartialNormalization : undefined
  return className === 'Conv2D' && Number(groups ?? 1) > 1 ? GroupedConvolution : OWN[className]
}
