import { BlindspotError } from '../../../operators/errors.js'
import type { Store } from '../../../sources/store.js'

/** Bytes of a file of a table's metadata at most. */
const LARGEST = 2 ** 28

/**
 * All bytes of a small file of a store.
 *
 * @throws BlindspotError `bad-option` where there is none, `bad-data` where it is too large; both name it
 */
export async function bytesOf(store: Store, name: string): Promise<Buffer> {
  const file = await store.open(name)
  try {
    if (file.size > LARGEST)
      throw new BlindspotError(
        'bad-data',
        `${file.path} has ${(file.size / 1e6).toFixed(0)} MB, of such a file up to ${(LARGEST / 1e6).toFixed(0)} are read; restore it`,
      )
    return await file.read(0, file.size)
  } finally {
    await file.close()
  }
}

/** What is made of a small file's text; an error in it is `bad-data`, and names the file and what to do. */
export async function parsedOf<T>(
  store: Store,
  name: string,
  remedy: string,
  parse: (text: string) => T,
): Promise<T> {
  const bytes = await bytesOf(store, name)
  try {
    return parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new BlindspotError('bad-data', `${store.place(name)}: ${(cause as Error).message}; ${remedy}`, {
      cause,
    })
  }
}
