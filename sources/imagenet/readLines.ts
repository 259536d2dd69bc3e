import { BlindspotError } from '../../operators/errors.js'
import { disk } from '../store.js'

/** Bytes of a list beside photographs at most. */
const LARGEST = 2 ** 27

/** Lines of a text file, without spaces at their ends. */
export async function readLines(path: string): Promise<readonly string[]> {
  const file = await disk.open(path)
  try {
    if (file.size > LARGEST)
      throw new BlindspotError(
        'bad-data',
        `${path}: expected a list of at most ${LARGEST} bytes, got ${file.size}`,
      )
    const text = (await file.read(0, file.size)).toString('utf8')
    return text
      .replace(/^\ufeff/, '')
      .split('\n')
      .map((line) => line.trim())
  } finally {
    await file.close()
  }
}
