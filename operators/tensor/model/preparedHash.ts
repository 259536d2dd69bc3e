import { createHash } from 'node:crypto'
import { isIdentity, type Preparation } from './preprocess.js'

export const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

/**
 * What tells a network by what it computes of an image: the hash of its weights where that is all, else with what is done to
 * the image and which layer's output is taken.
 *
 * @param cut the layer, where it is not the one before the last softmax
 */
export function preparedHash(weights: string, preparation: Preparation, cut: string | undefined): string {
  if (isIdentity(preparation) && cut === undefined) return weights
  const { scale, offset, reversed, channelsFirst } = preparation
  return sha256(JSON.stringify({ weights, scale, offset, reversed, channelsFirst, cut }))
}
