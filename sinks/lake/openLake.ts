import { requireKnown } from '../../operators/options/knownOptions.js'
import { requireText } from '../../operators/options/requireKinds.js'
import type { Lake } from './lake.js'

/**
 * Opens a data set, or makes one in a new folder. What processes that died left unfinished is removed.
 *
 * Errors: `bad-data` where a value of the manifest or a commit is not what a writer writes, where one is newer than this version, or
 * missing beside files of a data set, and where a file is none (a folder, a device) or a link out of the data set; `io` where the folder cannot be written to; `bad-option` where, read-only, it is no data set.
 *
 * @param folder a path, or the URL of an object store as `s3://bucket/prefix`, which needs the package `opendal`
 * @param options.readOnly default false; true changes nothing in the folder, and refuses to write.
 * @example
 * const network = await loadClassifier('my-model')
 * const lake = await openLake('mine')
 * const writer = lake.writer('scores', { step: '5f2c', partition: { source: network.name } })
 * await consume(mnist('test', { limit: 16 }).pipe(score([network])), (scores) => writer.write(scores))
 * await writer.close()
 */
export async function openLake(folder: string, options: { readonly readOnly?: boolean } = {}): Promise<Lake> {
  requireKnown<{ readonly readOnly?: boolean }>('openLake', options, { readOnly: true })
  requireText('openLake', folder, 'the path of a folder, or the URL of an object store')
  const { openedLake } = await import('./openedLake.js')
  return openedLake(folder, options.readOnly === true)
}
