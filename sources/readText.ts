import { BlindspotError } from '../operators/errors.js'
import { disk } from './store.js'

/** Bytes of a text at most that is read at once. */
const LARGEST = 2 ** 20

/** A file of text, such as a query. */
export async function readText(path: string): Promise<string> {
  const file = await disk.open(path)
  try {
    if (file.size > LARGEST)
      throw new BlindspotError(
        'bad-data',
        `${path} has ${file.size} bytes, of a text up to ${LARGEST} are read`,
      )
    return (await file.read(0, file.size)).toString('utf8')
  } finally {
    await file.close()
  }
}
