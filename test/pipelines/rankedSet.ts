import { from, lastValueFrom, toArray } from 'rxjs'
import type { RankOptions } from '../../operators/rank.js'
import type { Classifier } from '../../operators/classifier.js'
import { permutation, randomFor } from '../../operators/random.js'
import type { ImageBatch, ImageShape } from '../../operators/records/image.js'
import { identity } from '../../operators/records/identity.js'
import type { Tables } from '../../operators/records/tables.js'
import { rankLayer } from '../../pipelines/steps/rankLayer.js'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'

const CLASSES = 5

/** A network of sigmoid layers of 12 units with random weights. */
function network(name: string, values: number, seed = 3): Classifier {
  const weights = (layer: string, inputs: number) => {
    const random = randomFor(seed, layer, inputs)
    return Float32Array.from({ length: 12 * inputs }, () => random.gaussian() / Math.sqrt(inputs))
  }
  const dense = (input: Float32Array, inputs: number, matrix: Float32Array) =>
    Float32Array.from({ length: (input.length / inputs) * 12 }, (_, at) => {
      const [row, unit] = [Math.floor(at / 12), at % 12]
      let sum = 0
      for (let i = 0; i < inputs; i++) sum += 4 * (input[row * inputs + i] - 0.4) * matrix[unit * inputs + i]
      return 1 / (1 + Math.exp(-sum))
    })
  const none = () => {
    throw new Error('a ranking asks for activations alone')
  }
  return {
    name,
    inputShape: [values],
    classes: CLASSES,
    box: [0, 1],
    layers: ['hidden1', 'hidden2'],
    weightsHash: `${name} ${seed}`,
    logits: none,
    logitGradient: none,
    layerShape: () => [12],
    activations(layer, pixels) {
      const first = dense(pixels, values, weights('hidden1', values))
      return layer === 'hidden1' ? first : dense(first, 12, weights('hidden2', 12))
    },
    dispose: () => undefined,
  }
}

/** Noisy images of five kinds, each with a bright part of its own; of more classes than that every fifth is of a kind. */
export function imagesOf(count: number, shape: ImageShape, classes = CLASSES): ImageBatch {
  const values = shape[0] * shape[1] * shape[2]
  const labels = permutation(count, randomFor(4, 'labels')).map((i) => i % classes)
  const random = randomFor(5, 'pixels')
  const pixels = Float32Array.from({ length: count * values }, (_, at) => {
    const part = Math.floor(((at % values) * CLASSES) / values)
    // whole greys: a PNG file has them exactly
    return (
      Math.round(random.uniform() * 150 + (part === labels[Math.floor(at / values)] % CLASSES ? 105 : 0)) /
      255
    )
  })
  const index = Int32Array.from({ length: count }, (_, i) => 1000 + i)
  return { dataset: 'parts', split: 'test', shape, index, label: labels, pixels }
}

/** Ranks such images along the directions of a layer, into a data set; gives its files by table. */
export async function ranked(
  lake: Lake,
  layer: string,
  {
    name = 'small',
    size = 200,
    shape = [6, 5, 1],
    controlled = false,
    classes,
    superclasses,
    ...options
  }: RankOptions & {
    name?: string
    size?: number
    shape?: ImageShape
    controlled?: boolean
    classes?: number
    superclasses?: Int32Array
  } = {},
): Promise<RankFiles> {
  const images = imagesOf(size, shape, classes)
  const values = shape[0] * shape[1] * shape[2]
  const passes = [{ basis: ['unit', 'gaussian', 'rotation'] as const, top: 16, ...options }]
  const run = identity({ name, layer, size, shape, classes, controlled, passes })
  const made = await rankLayer(
    {
      model: network(name, values),
      ...(controlled && { controls: { pixels: true, untrained: network('before', values, 4) } }),
      ...{ layer, passes, superclasses },
      activations: {},
      images: () => from([images]),
      count: size,
    },
    run,
  )
  const write = async <Name extends keyof RankFiles>(table: Name, records: readonly Tables[Name][]) => {
    const writer = lake.writer(table, {
      ...{ step: run, partition: { name } },
      metadata: { weights: `${name} 3`, layer, seed: options.seed ?? 1 },
    })
    for (const one of records) await writer.write(one as never)
    await writer.close()
    const [file] = await lake.files({ table, step: run })
    return file
  }
  return {
    images: await write('images', await lastValueFrom(made.images.pipe(toArray()))),
    ranks: await write('ranks', made.ranks),
    coherence: await write('coherence', [made.coherence]),
  }
}

type RankFiles = Readonly<Record<'images' | 'ranks' | 'coherence', LakeFile>>
