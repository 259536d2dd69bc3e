import { join } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { NpyWriter, type NpyType, type NpyValues } from '../../sinks/npy.js'
import type { ExampleFiles } from './exampleFiles.js'

/** The arrays, by their files' names: whether a row is an image, its type, and its values. */
const ARRAYS: readonly (readonly [
  name: string,
  isImage: boolean,
  type: NpyType,
  of: (batch: AdversarialBatch) => NpyValues,
])[] = [
  ['original', true, '<f4', ({ original }) => original],
  ['adversarial', true, '<f4', ({ adversarial }) => adversarial],
  ['index', false, '<i4', ({ index }) => index],
  ['label', false, '<i4', ({ label }) => label],
  ['target', false, '<i4', ({ target }) => target],
  ['prediction', false, '<i4', ({ prediction }) => prediction],
  ['adversarial_prediction', false, '<i4', ({ adversarialPrediction }) => adversarialPrediction],
  ['distortion', false, '<f8', ({ distortion }) => distortion],
  ['l2', false, '<f8', ({ l2 }) => l2],
  ['linf', false, '<f8', ({ linf }) => linf],
]

/** `original.npy` [n × height × width × channels], `label.npy` [n] and so on, of `total` examples of one shape. */
export function npyFiles(folder: string, total: number): ExampleFiles {
  const writers: NpyWriter[] = []
  let shape: string | undefined
  let at = 0
  return {
    files: ARRAYS.length,
    columns: ['row'],
    async write(batch) {
      const own = batch.shape.join(' × ')
      shape ??= own
      if (own !== shape)
        throw new BlindspotError(
          'bad-data',
          `arrays have images of one shape, and these have ${shape} and, of ${batch.sourceModel}, ${own}; choose one model, as by --where 'source_model=${batch.sourceModel}'`,
        )
      for (const [i, [name, isImage, type, of]] of ARRAYS.entries()) {
        writers[i] ??= await NpyWriter.create(join(folder, `${name}.npy`), type, [
          total,
          ...(isImage ? batch.shape : []),
        ])
        await writers[i].write(of(batch))
      }
      return Array.from(batch.index, () => [at++])
    },
    async close() {
      for (const writer of writers) await writer.close()
    },
    async abort() {
      for (const writer of writers) await writer.abort()
    },
  }
}
