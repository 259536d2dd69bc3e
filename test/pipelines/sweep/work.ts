import { join, resolve } from 'node:path'
import {
  attackStep,
  openLake,
  perform,
  readRecords,
  stepIdentity,
  trainStep,
  type AdversarialBatch,
  type Step,
} from 'blindspot'
import type { PlainEffort, Task } from '../../../pipelines/sweep/executor.js'
import { fixture } from '../../oracle/optima.js'
import { writeImages } from '../smallImages.js'

/** A training of a second or less, on images in a folder that `writeImages` has made. */
export const training = (data: string, name: string, epochs = 1): Step =>
  trainStep({
    ...{ name, folder: `networks/${name}`, architecture: 'FC8-3' },
    // each its own: the same training by another name would be a copy
    seed: Buffer.from(name).reduce((sum, byte) => 31 * sum + byte, 0) % 1e6,
    images: { source: `mnist@${data}:train` },
    options: { epochs, batchSize: 5 },
  })

/** An attack that commits what it has when it is interrupted; all of its images take long. */
export const attack = (): Step =>
  attackStep({ model: { path: resolve(fixture('FC48-10')) }, images: { source: 'mnist:test' } })

export const taskOf = async (folder: string, step: Step, effort: PlainEffort = {}): Promise<Task> => ({
  id: await stepIdentity(folder, step),
  step,
  effort,
})

/** A data set in a folder of its own, with images beside it. */
export async function dataSetIn(root: string, name: string): Promise<{ folder: string; data: string }> {
  const folder = join(root, name)
  await openLake(folder)
  return { folder, data: writeImages(join(root, 'images'), 1, 60) }
}

/** Of each model of a data set the hash of its weights. */
export async function hashesIn(folder: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const { path } of await (await openLake(folder)).files({ table: 'models' }))
    for await (const models of readRecords('models', path))
      for (const { model, weightsHash } of models) hashes[model] = weightsHash
  return hashes
}

/** Of each image that was attacked what became of it, in the order of the images; one that is there twice is an error. */
export async function attackedIn(folder: string): Promise<string[]> {
  const found = new Map<number, string>()
  for (const { path } of await (await openLake(folder)).files({ table: 'examples' }))
    for await (const batch of readRecords('examples', path) as AsyncIterable<AdversarialBatch>)
      for (const [i, index] of batch.index.entries()) {
        if (found.has(index)) throw new Error(`image ${index} was attacked twice`)
        found.set(index, `${index} ${batch.status[i]} ${batch.distortion[i]}`)
      }
  return [...found.entries()].sort(([a], [b]) => a - b).map(([, text]) => text)
}

/** The same steps here, one after the other. */
export async function here(folder: string, steps: readonly Step[], effort: PlainEffort = {}): Promise<void> {
  const lake = await openLake(folder)
  for (const step of steps) await perform(lake, step, effort)
}
