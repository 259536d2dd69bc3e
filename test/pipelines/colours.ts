import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { randomFor } from '../../operators/random.js'
import { tf } from '../../operators/tensor/tf.js'
import { saveModel } from '../oracle/savedModel.js'

/** Classes of photographs in the order of their folders. */
export const COLOURS = ['blue', 'green', 'red'] as const
/** The channel that is strong in each. */
const CHANNEL = [2, 1, 0] as const
const SIDE = 72
const [HEIGHT, WIDTH] = [80, 112]

/** Noise with one strong channel, as JPEG files in a folder for each colour; gives the folder. */
export async function writePhotographs(
  folder: string,
  ofEach: number,
  names: readonly string[] = COLOURS,
): Promise<string> {
  for (const [label, colour] of names.entries()) {
    mkdirSync(join(folder, colour), { recursive: true })
    for (let i = 0; i < ofEach; i++) {
      const random = randomFor(1, 'photographs', label, i)
      const bytes = Uint8Array.from({ length: HEIGHT * WIDTH * 3 }, (_, at) =>
        Math.floor(40 + 90 * random.uniform() + (at % 3 === CHANNEL[label] ? 60 : 0)),
      )
      const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const
      writeFileSync(join(folder, colour, `${i}.jpg`), await sharp(bytes, { raw }).jpeg().toBuffer())
    }
  }
  return folder
}

/**
 * A small convolutional network that tells the colours apart, as a TensorFlow.js layers model; gives its folder.
 *
 * @param labels of the colours, of so many classes
 */
export async function writeColourModel(
  folder: string,
  seed: number,
  { labels, classes }: { readonly labels: readonly number[]; readonly classes: number } = {
    labels: [0, 1, 2],
    classes: COLOURS.length,
  },
): Promise<string> {
  const random = randomFor(seed, 'colour model')
  const filters = 6
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        ...{ inputShape: [SIDE, SIDE, 3], filters, kernelSize: 8, strides: 8 },
        ...{ activation: 'relu', name: 'conv1' },
      }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({ units: classes, name: 'logits' }),
    ],
  })
  const kernel = Float32Array.from({ length: 8 * 8 * 3 * filters }, (_, at) => {
    const [channel, filter] = [Math.floor(at / filters) % 3, at % filters]
    return ((channel === CHANNEL[filter % 3] ? 1 : 0) + 0.3 * random.uniform()) / 64
  })
  const dense = Float32Array.from({ length: filters * classes }, (_, at) =>
    labels[Math.floor(at / classes) % 3] === at % classes ? 20 : 0,
  )
  model.setWeights([
    tf.tensor(kernel, [8, 8, 3, filters]),
    tf.zeros([filters]),
    tf.tensor(dense, [filters, classes]),
    tf.zeros([classes]),
  ])
  return saveModel(folder, model)
}
