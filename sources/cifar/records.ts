import { createHash } from 'node:crypto'
import { BlindspotError } from '../../operators/errors.js'
import { piecesIn, recordsAt, type ByteRange } from '../arrays/byteRange.js'
import { withChannelsLast } from '../arrays/arrayImages.js'
import { writePixels } from '../levels.js'

/** Which of the two data sets. */
export interface CifarKind {
  readonly name: 'cifar10' | 'cifar100'
  /** Bytes of labels before an image's: of CIFAR-100 the coarse one, then the fine one. */
  readonly labelBytes: 1 | 2
  /** Which of them is the label. */
  readonly labelAt: 0 | 1
  readonly classes: number
}

/** 32 × 32 pixels of red, then of green, then of blue. */
const AREA = 32 * 32
const IMAGE = 3 * AREA

/** The records of some files, one after the other. */
export interface CifarRecords {
  readonly labels: Int32Array
  /** 12 digits of all bytes and which of them are labels. */
  readonly hash: string
  readonly pixels: (positions: Int32Array) => Promise<Float32Array>
}

/**
 * Reads the labels of CIFAR's binary files, and their images as they are asked for.
 *
 * @throws BlindspotError `bad-data`, naming file and record, for another number of bytes or a label that is no class
 */
export async function cifarRecords(
  files: readonly ByteRange[],
  { name, labelBytes, labelAt, classes }: CifarKind,
): Promise<CifarRecords> {
  const size = labelBytes + IMAGE
  const starts: number[] = []
  let count = 0
  for (const { place, size: bytes } of files) {
    if (bytes === 0 || bytes % size !== 0)
      throw new BlindspotError(
        'bad-data',
        `${place}: expected records of ${size} bytes, as ${name}'s binary version has, got ${bytes} bytes, which is ${Math.floor(bytes / size)} and ${bytes % size} more: it is truncated or of another version`,
      )
    starts.push(count)
    count += bytes / size
  }
  const labels = new Int32Array(count)
  const hash = createHash('sha256').update(`${name} ${labelAt}`)
  for (const [at, file] of files.entries()) {
    let byte = 0
    for await (const piece of piecesIn(file)) {
      hash.update(piece)
      // the first record that has its label in this piece
      for (let record = Math.ceil((byte - labelAt) / size); ; record++) {
        const place = record * size + labelAt - byte
        if (place >= piece.length) break
        if (piece[place] >= classes)
          throw new BlindspotError(
            'bad-data',
            `${file.place}: record ${record}: expected a label from 0 to ${classes - 1}, got ${piece[place]}`,
          )
        labels[starts[at] + record] = piece[place]
      }
      byte += piece.length
    }
  }
  return {
    labels,
    hash: hash.digest('hex').slice(0, 12),
    async pixels(positions) {
      const pixels = new Float32Array(positions.length * IMAGE)
      for (let row = 0; row < positions.length;) {
        const file = fileOf(starts, positions[row])
        let end = row + 1
        while (end < positions.length && fileOf(starts, positions[end]) === file) end++
        const own = positions.slice(row, end).map((position) => position - starts[file])
        const read = await recordsAt(files[file], 0, size, own)
        own.forEach((_, i) => {
          const image = read.subarray(i * size + labelBytes, (i + 1) * size)
          writePixels(withChannelsLast(image, AREA, 3), pixels, (row + i) * IMAGE)
        })
        row = end
      }
      return pixels
    },
  }
}

const fileOf = (starts: readonly number[], position: number): number =>
  starts.findLastIndex((start) => start <= position)
