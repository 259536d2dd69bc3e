import { basename } from 'node:path'
import { BlindspotError } from '../../operators/errors.js'
import { bytesIn } from '../encodedImages.js'
import { classNamesIn, labelsIn, withoutClass } from '../labels.js'
import { parquetMetadata, readPlaced } from '../parquet.js'
import { rowsIn } from '../records.js'
import { CLASSES } from './classes.js'
import { hashOf } from './hashOf.js'
import { requireSome, type Labelling, type Photograph, type Streamed, type Wanted } from './layout.js'
import { someOf } from './names.js'

/** Rows of a batch: photographs that are unpacked at a time, of those in the row group that is in memory. */
const BATCH = 16

/**
 * Photographs in Parquet files as Hugging Face's `datasets` writes them: a column `image` {bytes, path} and a column `label`. A
 * row group is in memory at a time; those without a photograph that is wanted are passed over. Labels are taken as they are.
 */
export async function huggingFace(paths: readonly string[], split: string): Promise<Streamed> {
  const described = await Promise.all(paths.map((path) => parquetMetadata(path)))
  for (const [file, { columns }] of described.entries()) {
    if (columns.includes('image') && columns.includes('label')) continue
    throw new BlindspotError(
      'bad-data',
      `${paths[file]}: expected a column image {bytes, path} and a column label, got ${columns.join(', ')}`,
    )
  }
  /** Position of the first row of each file, and at the end how many there are. */
  const starts = [0]
  for (const { rows } of described) starts.push(starts[starts.length - 1] + rows)
  const count = starts[paths.length]
  requireSome(count, paths)
  return {
    kind: 'streamed',
    split,
    hash: await hashOf(paths),
    labelling: labellingIn(
      paths,
      described.map(({ keyValues }) => labellingOf(keyValues)),
    ),
    complete: false,
    count,
    labels: () => labelsOf(paths, count),
    photographs: (wanted) => photographs(paths, starts, wanted),
  }
}

async function labelsOf(paths: readonly string[], count: number): Promise<Int32Array> {
  const labels = new Int32Array(count)
  let at = 0
  for await (const placed of readPlaced(paths, { columns: ['label'] })) {
    labels.set(
      rowsIn(placed, (batch) => labelsIn(batch, 'label')),
      at,
    )
    at += placed.batch.numRows
  }
  return labels
}

async function* photographs(
  paths: readonly string[],
  starts: readonly number[],
  wanted: Wanted,
): AsyncGenerator<Photograph, void, undefined> {
  for (const [file, path] of paths.entries()) {
    const start = starts[file]
    const isWanted = (from: number, to: number) => {
      wanted.signal.throwIfAborted()
      for (let row = from; row < to; row++) if (wanted.position(start + row)) return true
      return false
    }
    const options = { columns: ['image', 'label'], batchSize: BATCH }
    for await (const placed of readPlaced(path, options, isWanted)) {
      const { before, batch } = placed
      const bytesAt = rowsIn(placed, (all) => bytesIn(all, 'image'))
      const labels = rowsIn(placed, (all) => labelsIn(all, 'label'))
      for (let row = 0; row < batch.numRows; row++) {
        const [index, label] = [start + before + row, labels[row]]
        if (!(wanted.position(index) && wanted.label(label) && wanted.next())) continue
        const bytes = bytesAt(row)
        const isWhole = bytes !== undefined && label >= 0
        yield {
          index,
          label,
          path: `${basename(path)}/${before + row}`,
          bytes: isWhole
            ? bytes
            : () =>
                Promise.reject(
                  label < 0 ? withoutClass(label) : new BlindspotError('bad-data', 'its bytes are empty'),
                ),
        }
      }
    }
  }
}

/** What the labels of all files mean, which has to be one. */
function labellingIn(paths: readonly string[], each: readonly Labelling[]): Labelling {
  const [first] = each
  const other = each.findIndex((labelling) => JSON.stringify(labelling) !== JSON.stringify(first))
  if (other < 0) return first
  throw new BlindspotError(
    'bad-data',
    `${paths[other]}: expected the names of classes of ${paths[0]}, ${namesTold(first)}, got ${namesTold(each[other])}; ` +
      'read files of other classes apart from these',
  )
}

const namesTold = (labelling: Labelling) =>
  labelling.kind === 'imagenet' ? "ImageNet's" : someOf(labelling.names)

/** Share of its names that a list of the thousand classes has in common with ours, at least. */
const ALIKE = 0.8

/** What the labels mean, by the names of the classes in the schema's metadata; without any they are ImageNet's. */
function labellingOf(keyValues: ReadonlyMap<string, string>): Labelling {
  const names = classNamesIn(keyValues, 'label')
  if (names === undefined) return { kind: 'imagenet' }
  const alike = names.filter(
    (name, index) => firstName(name) === firstName(CLASSES[index]?.name ?? ''),
  ).length
  return names.length === CLASSES.length && alike >= ALIKE * names.length
    ? { kind: 'imagenet' }
    : { kind: 'own', names }
}

const firstName = (names: string) => names.split(',')[0].toLowerCase().replaceAll('_', ' ')
