import { readModelFile } from './modelFile.js'
import type { Json } from './modelFile.js'
import { readJson } from './model/readJson.js'
import type { tf } from './tf.js'
import { writeModelFile } from './writeModelFile.js'

/**
 * Copies a layers model that was trained here to another folder, where it has another name.
 *
 * @throws BlindspotError `bad-model` where it is damaged, and `io`
 */
export async function copyModel(from: string, to: string, name: string): Promise<void> {
  const { specs, weights, provenance } = await readModelFile(from)
  const { json } = await readJson(from)
  await writeModelFile(to, {
    topology: json['modelTopology'] as Json,
    specs: specs as readonly tf.io.WeightsManifestEntry[],
    weights,
    provenance: { ...provenance, model: name },
  })
}
