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
export async function writePhotographs(folder: string, ofEach: number): Promise<string> {
  for (const [label, colour] of COLOURS.entries()) {
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

/** A small convolutional network that tells the colours apart, as a TensorFlow.js layers model; gives its folder. */
export async function writeColourModel(folder: string, seed: number): Promise<string> {
  const random = randomFor(seed, 'colour model')
  const filters = 6
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        ...{ inputShape: [SIDE, SIDE, 3], filters, kernelSize: 8, strides: 8 },
        ...{ activation: 'relu', name: 'conv1' },
      }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({ units: COLOURS.length, name: 'logits' }),
    ],
  })
  const kernel = Float32Array.from({ length: 8 * 8 * 3 * filters }, (_, at) => {
    const [channel, filter] = [Math.floor(at / filters) % 3, at % filters]
    return ((channel === CHANNEL[filter % 3] ? 1 : 0) + 0.3 * random.uniform()) / 64
  })
  const dense = Float32Array.from({ length: filters * COLOURS.length }, (_, at) =>
    Math.floor(at / COLOURS.length) % 3 === at % COLOURS.length ? 20 : 0,
  )
  model.setWeights([
    tf.tensor(kernel, [8, 8, 3, filters]),
    tf.zeros([filters]),
    tf.tensor(dense, [filters, COLOURS.length]),
    tf.zeros([COLOURS.length]),
  ])
  return saveModel(folder, model)
}
