import { basename } from 'node:path'
import type { ModelReference } from '../classifier.js'
import type { ModelFile } from './modelFile.js'

/** The reference to a model that was read; by default its name is that in its provenance, or the folder's. */
export function referenceTo(
  { file, folder, weightsHash, provenance }: ModelFile,
  name: string | undefined,
): ModelReference {
  const written = provenance?.['model']
  return { name: name ?? (typeof written === 'string' ? written : basename(folder)), file, weightsHash }
}
