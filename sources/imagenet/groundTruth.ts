import { createHash } from 'node:crypto'
import { BlindspotError } from '../../operators/errors.js'
import { disk } from '../store.js'
import { CLASSES, classIndexOf } from './classes.js'
import { validationNumber } from './classFolders.js'
import { isAside, isWnid, lastPart } from './names.js'
import { readLines } from './readLines.js'
import { kitSynsets } from './kitSynsets.js'

/** Classes of photographs in one folder or archive, out of a file beside them. */
export interface GroundTruth {
  readonly path: string
  /** 12 digits of what it says. */
  readonly hash: string
  /** Class of a photograph by its path, and its place among all of them; undefined where the file does not say. */
  label(path: string, place: number): number | undefined
}

/** The development kit's own list: a number from 1 to 1000 for each validation image, in the kit's order of classes. */
const KIT_LIST = /ground_?truth\.txt$/i
const LISTS = /(val|test|label|truth|solution|synset).*\.(txt|csv|tsv)$/i
const KITS = /^(ilsvrc\d{4}_)?devkit/i

/**
 * Looks for the classes of photographs in the folders named and in development kits in those: lists of names with a wnid or an
 * index from 0, lists of a wnid a line, and the kit's list of numbers.
 *
 * @param count how many photographs there are, where that is known
 * @throws BlindspotError `bad-data` where a list is one and cannot be right
 */
export async function groundTruth(
  folders: readonly string[],
  count: number | undefined,
): Promise<GroundTruth | undefined> {
  const found: string[] = []
  for (const folder of folders) found.push(...(await listsIn(folder)))
  for (const path of found) {
    const truth = await readTruth(path, count)
    if (truth) return truth
  }
  return undefined
}

async function listsIn(folder: string): Promise<readonly string[]> {
  const entries = (await disk.list(folder)) ?? []
  const lists = entries.filter(({ name }) => !isAside(name) && LISTS.test(name))
  // names first: they depend on no order
  const own = lists.map(({ name }) => `${folder}/${name}`).sort((a, b) => rank(a) - rank(b))
  for (const { name } of entries) {
    if (!KITS.test(name)) continue
    own.push(...(await listsIn(`${folder}/${name}`)), ...(await listsIn(`${folder}/${name}/data`)))
  }
  return own
}

const rank = (path: string) => (KIT_LIST.test(path) ? 1 : 0)

async function readTruth(path: string, count: number | undefined): Promise<GroundTruth | undefined> {
  const lines = (await readLines(path)).filter((line) => line !== '')
  if (lines.length === 0) return undefined
  const hash = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12)
  const words = lines.map((line) => line.split(/[\s,;]+/, 2))
  if (words.every(([only, ...more]) => more.length === 0 && (isWnid(only) || /^\d+$/.test(only)))) {
    // the sorted list of classes is no list of photographs
    if (lines.length === CLASSES.length && count !== CLASSES.length) return undefined
    const labels = await labelsOf(path, lines)
    return labels && { path, hash, label: inOrder(labels, count) }
  }
  return byName(path, hash, words)
}

/**
 * Labels of a list that has one a line and nothing else; undefined where numbers may be indices from 0 as well as the kit's from
 * 1.
 */
async function labelsOf(path: string, lines: readonly string[]): Promise<Int32Array | undefined> {
  if (lines.every(isWnid)) return Int32Array.from(lines, (wnid, line) => knownIndex(path, line, wnid))
  const numbers = lines.map(Number)
  const isKit = KIT_LIST.test(path)
  if (!isKit && !numbers.includes(0)) return undefined
  const wnids = isKit ? await kitSynsets(path) : CLASSES.map(({ wnid }) => wnid)
  const first = isKit ? 1 : 0
  return Int32Array.from(numbers, (number, line) => {
    const wnid = wnids[number - first] as string | undefined
    if (wnid !== undefined) return knownIndex(path, line, wnid)
    throw new BlindspotError(
      'bad-data',
      `${path}, line ${line + 1}: expected a number from ${first} to ${wnids.length - 1 + first}, got ${number}`,
    )
  })
}

/** The line of a photograph is the number in its name, or its place where there are as many lines. */
const inOrder =
  (labels: Int32Array, count: number | undefined): GroundTruth['label'] =>
  (photograph, place) => {
    const number = validationNumber(photograph)
    if (number !== undefined) return labels.at(number - 1)
    return count === labels.length ? labels[place] : undefined
  }

/** Lists of names, each with a wnid or an index from 0; undefined where lines are of another form. */
function byName(path: string, hash: string, words: readonly (readonly string[])[]): GroundTruth | undefined {
  const rows = words.filter((row) => row.length === 2 && (isWnid(row[1]) || /^\d+$/.test(row[1])))
  // a line at the head may name the columns
  if (rows.length < words.length - 1 || rows.some(([name]) => isWnid(name) || /^\d+$/.test(name)))
    return undefined
  const labels = new Map(
    rows.map(([name, label], line) => [
      stem(name),
      isWnid(label) ? knownIndex(path, line, label) : Number(label),
    ]),
  )
  const wrong = [...labels.values()].find((label) => label >= CLASSES.length)
  if (wrong !== undefined)
    throw new BlindspotError(
      'bad-data',
      `${path}: expected wnids or indices from 0 to ${CLASSES.length - 1} beside the names, got ${wrong}`,
    )
  return { path, hash, label: (photograph) => labels.get(stem(photograph)) }
}

const stem = (path: string) => lastPart(path).replace(/\.[^.]*$/, '')

function knownIndex(path: string, line: number, wnid: string): number {
  const index = classIndexOf(wnid)
  if (index !== undefined) return index
  throw new BlindspotError(
    'bad-data',
    `${path}, line ${line + 1}: expected a wnid of ImageNet's ${CLASSES.length} classes, got ${wnid}`,
  )
}
