import type { ModelRecord } from '../../operators/records/model.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import { from } from '../../sources/place.js'
import { localFolder } from '../../sources/objects/localFolder.js'

/** The row of a training that is done, of which the model is there and the same. */
export async function trainedRecord(
  { folder }: { readonly folder: string },
  modelFolder: string,
  files: readonly LakeFile[],
): Promise<ModelRecord | undefined> {
  const path = files.at(-1)?.path
  if (path === undefined) return undefined
  try {
    const { readRecords } = await import('../../sources/records.js')
    const { readModelFile } = await import('../../operators/tensor/modelFile.js')
    const { weightsHash } = await readModelFile(await localFolder(from(folder, modelFolder)))
    for await (const [record] of readRecords('models', path))
      if (record.weightsHash === weightsHash) return record
  } catch {
    // lost or damaged since: trained again
  }
  return undefined
}
