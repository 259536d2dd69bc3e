import { createHash } from 'node:crypto'
import { BlindspotError } from '../../operators/errors.js'
import { disk } from '../store.js'
import { CLASSES, classIndexOf } from './classes.js'
import { validationNumber } from './classFolders.js'
import { isAside, isWnid, lastPart, someOf } from './names.js'
import { readLines } from './readLines.js'
import { kitSynsets } from './kitSynsets.js'

/** Classes of photographs in one folder or archive, out of a file beside them. */
export interface GroundTruth {
  readonly path: string
  /** 12 digits of what it says. */
  readonly hash: string
  /**
   * Class of a photograph by its path, and its place among all of them; undefined where the file does not say.
   *
   * @throws BlindspotError `bad-data` where it says several
   */
  label(path: string, place: number): number | undefined
}

/** The development kit's own list: a number from 1 to 1000 for each validation image, in the kit's order of classes. */
const KIT_LIST = /ground_?truth\.txt$/i
/** Names with one of these words in them, between other characters than letters. */
const LISTS =
  /(?:^|[^a-z])(val|valid|validation|test|labels?|(ground)?truth|solutions?|synsets?)(?![a-z]).*\.(txt|csv|tsv)$/i
/** Names that say that a list is of classes alone, a line for each photograph. */
const CLASSES_ALONE = /(?:^|[^a-z])(labels?|(ground)?truth|synsets?)(?![a-z])/i
const KITS = /^(ilsvrc\d{4}_)?devkit/i

/** What was found of lists of classes: one that is, or why others are none. */
export interface TruthFound {
  readonly truth?: GroundTruth
  readonly none: readonly string[]
}

/**
 * Looks for the classes of photographs in the folders named and in development kits in those: lists of names with a wnid or an
 * index from 0, lists of a wnid a line, and the kit's list of numbers.
 *
 * @param count how many photographs there are, where that is known
 * @param isValidation whether they are ILSVRC's validation images: others may lie beside a list of anything
 * @throws BlindspotError `bad-data` for a list with a wrong line, which it names
 */
export async function groundTruth(
  folders: readonly string[],
  count: number | undefined,
  isValidation: boolean,
): Promise<TruthFound> {
  const none: string[] = []
  for (const folder of folders)
    for (const path of await listsIn(folder)) {
      const truth = await readTruth(path, count, isValidation)
      if (typeof truth === 'object') return { truth, none }
      none.push(`${path}: ${truth}`)
    }
  return { none }
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

/** A line of a list with its number from 1, and the words of it that count. */
interface Line {
  readonly number: number
  readonly text: string
  readonly words: readonly string[]
}

/** What a list says of photographs, or why it says nothing of them. */
async function readTruth(
  path: string,
  count: number | undefined,
  isValidation: boolean,
): Promise<GroundTruth | string> {
  const lines = (await readLines(path))?.map((text, line): Line => {
    return { number: line + 1, text, words: text === '' ? [] : text.split(/[\s,;]+/, 2) }
  })
  if (lines === undefined) return 'it is larger than a list is'
  if (lines.length === 0) {
    if (KIT_LIST.test(path)) throw wrong(path, 1, 'a number from 1 for each photograph', 'an empty file')
    return 'it is empty'
  }
  const hash = createHash('sha256')
    .update(lines.map(({ text }) => text).join('\n'))
    .digest('hex')
    .slice(0, 12)
  // most of its lines say what it is, so that a damaged one is found
  const full = lines.filter(({ text }) => text !== '')
  const most = (is: (line: Line) => boolean) => 2 * full.filter(is).length > full.length
  if (KIT_LIST.test(path) || most(isClass)) {
    // the sorted list of classes is no list of photographs
    if (lines.length === CLASSES.length && count !== CLASSES.length && !KIT_LIST.test(path))
      return 'it is a list of the classes'
    if (!isValidation && !CLASSES_ALONE.test(lastPart(path)))
      return 'a list of classes without names is called …ground_truth.txt, …labels.txt or …synsets.txt'
    const labels = await labelsOf(path, lines)
    return typeof labels === 'string' ? labels : { path, hash, label: inOrder(labels, count) }
  }
  if (most(isNamed)) return { path, hash, label: byName(path, lines) }
  return 'it is no list of names with wnids or indices, nor of a wnid a line'
}

const isLabel = (word: string | undefined) => word !== undefined && (isWnid(word) || /^\d+$/.test(word))
const isClass = ({ words }: Line) => words.length === 1 && isLabel(words[0])
const isNamed = ({ words }: Line) => words.length === 2 && !isLabel(words[0]) && isLabel(words[1])

/** Labels of a list that has one a line and nothing else, or why there are none. */
async function labelsOf(path: string, lines: readonly Line[]): Promise<Int32Array | string> {
  const isKit = KIT_LIST.test(path)
  const areWnids = !isKit && isWnid(lines.find(isClass)?.text ?? '')
  if (!isKit && !areWnids && !lines.some(({ text }) => Number(text) === 0 && text !== ''))
    return 'its numbers may be indices from 0 or those of the development kit from 1, whose file is called …ground_truth.txt'
  const wnids = isKit ? await kitSynsets(path) : CLASSES.map(({ wnid }) => wnid)
  const first = isKit ? 1 : 0
  return Int32Array.from(lines, ({ number, text }) => {
    if (areWnids) return knownIndex(path, number, text)
    const wnid = /^\d+$/.test(text) ? (wnids[Number(text) - first] as string | undefined) : undefined
    if (wnid !== undefined) return knownIndex(path, number, wnid)
    throw wrong(path, number, `a number from ${first} to ${wnids.length - 1 + first}`, text)
  })
}

/** The line of a photograph is the number in its name, or its place where there are as many lines. */
const inOrder =
  (labels: Int32Array, count: number | undefined): GroundTruth['label'] =>
  (photograph, place) => {
    const number = validationNumber(photograph)
    if (number !== undefined) return labels[number - 1]
    return count === labels.length ? labels[place] : undefined
  }

/** Of lines with a name and a wnid or an index from 0 the class of each name; the line at the head may name the columns. */
function byName(path: string, lines: readonly Line[]): GroundTruth['label'] {
  const labels = new Map<string, number>()
  const several = new Set<string>()
  for (const line of lines) {
    const { number, text, words } = line
    if (words.length === 0) continue
    if (!isNamed(line)) {
      if (lines.slice(0, number - 1).every(({ text: before }) => before === '')) continue
      throw wrong(path, number, 'a name and a wnid or an index from 0', text)
    }
    const [name, word] = [stem(words[0]), words[1]]
    const label = isWnid(word) ? knownIndex(path, number, word) : Number(word)
    if (label >= CLASSES.length)
      throw wrong(path, number, `a wnid or an index from 0 to ${CLASSES.length - 1} beside the name`, word)
    if ((labels.get(name) ?? label) !== label) several.add(name)
    labels.set(name, label)
  }
  return (photograph) => {
    const name = stem(photograph)
    if (!several.has(name)) return labels.get(name)
    throw new BlindspotError('bad-data', `${path}: expected one class for ${name}, got several`)
  }
}

const stem = (path: string) => lastPart(path).replace(/\.[^.]*$/, '')

function knownIndex(path: string, line: number, wnid: string): number {
  const index = classIndexOf(wnid)
  if (index !== undefined) return index
  throw wrong(path, line, `a wnid of ImageNet's ${CLASSES.length} classes`, wnid)
}

const wrong = (path: string, line: number, expected: string, got: string) =>
  new BlindspotError(
    'bad-data',
    `${path}, line ${line}: expected ${expected}, got ${got === '' ? 'an empty line' : got.slice(0, 80)}`,
  )

/** Says that validation images have no classes, and which lists were looked at. */
export const withoutTruth = (place: string, none: readonly string[]): BlindspotError =>
  new BlindspotError(
    'bad-data',
    `${place}: validation images need their classes; looked beside and in it for a list of names with wnids or indices ` +
      '(val.txt, LOC_val_solution.csv), a list of a wnid a line, and ILSVRC2012_validation_ground_truth.txt, ' +
      `also in ILSVRC2012_devkit_t12/data, and found none${none.length === 0 ? '' : `: ${someOf(none)}`}`,
  )
