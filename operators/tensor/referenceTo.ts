import { basename } from 'node:path'
import type { ModelReference } from '../classifier.js'
import type { LoadOptions } from './loadOptions.js'
import type { ModelFile } from './modelFile.js'

/** The reference to a model that was read; by default its name is that in its provenance, or the folder's. */
export function referenceTo(
  { file, folder, weightsHash, provenance, preparation: { framing } }: ModelFile,
  { name, preprocess }: LoadOptions,
): ModelReference {
  const written = provenance?.['model']
  return {
    ...{ name: name ?? (typeof written === 'string' ? written : basename(folder)), file, weightsHash },
    ...(framing && { framing }),
    ...(preprocess && { preprocess }),
  }
}
