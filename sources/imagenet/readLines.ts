import { disk } from '../store.js'

/** Bytes of a list beside photographs at most. */
const LARGEST = 2 ** 27

/**
 * Lines of a text file, without spaces at their ends, up to the last one that has any text; undefined where the file is larger
 * than a list is.
 */
export async function readLines(path: string): Promise<readonly string[] | undefined> {
  const file = await disk.open(path)
  try {
    if (file.size > LARGEST) return undefined
    const text = (await file.read(0, file.size))
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trimEnd()
    return text === '' ? [] : text.split('\n').map((line) => line.trim())
  } finally {
    await file.close()
  }
}
