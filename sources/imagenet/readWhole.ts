import { BlindspotError } from '../../operators/errors.js'
import { disk } from '../store.js'

/** Bytes of one photograph at most, before it is decoded. */
export const LARGEST_PHOTOGRAPH = 2 ** 28

/** All bytes of a photograph's file. */
export async function readWhole(path: string): Promise<Uint8Array> {
  const file = await disk.open(path)
  try {
    if (file.size > LARGEST_PHOTOGRAPH)
      throw new BlindspotError('bad-data', `expected at most ${LARGEST_PHOTOGRAPH} bytes, got ${file.size}`)
    return await file.read(0, file.size)
  } finally {
    await file.close()
  }
}

/** Bytes of a member that nobody would decode. */
export const tooLarge = (): Promise<never> =>
  Promise.reject(new BlindspotError('bad-data', 'it has more bytes than a photograph may have'))
