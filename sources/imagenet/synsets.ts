import { BlindspotError } from '../../operators/errors.js'
import { unreadable } from '../openFile.js'
import { disk } from '../store.js'
import { CLASSES, classIndexOf } from './classes.js'
import { isMatFile, readMatStruct } from './matFile.js'
import { within } from '../place.js'

/** Files of a development kit that say what its numbers are, in the order in which they are looked for. */
const KIT = ['meta.mat', 'map_clsloc.txt', 'data/meta.mat', 'data/map_clsloc.txt']
const LARGEST_FILE = 2 ** 24

/**
 * The wnids that numbers of classes from 1 on stand for, number 1 first: those by which a development kit's ground truth names the
 * classes of its validation images, in another order than the classes'.
 *
 * @param path `meta.mat` of the kit, of whose synsets those without children count; or a text with a line a class, its wnid
 * first, then perhaps its number (`n02119789 1 kit_fox`, as in `map_clsloc.txt`), without which the line's place is its number;
 * or the folder of a kit. Where a folder has neither, and without a path, the numbers are ILSVRC2012's.
 * @throws BlindspotError `bad-data` with file and line or byte; `bad-option` for a path where nothing is
 * @example const wnids = await readSynsets('ILSVRC2012_devkit_t12/data/meta.mat')
 */
export async function readSynsets(path?: string): Promise<readonly string[]> {
  const file = path === undefined ? undefined : await fileIn(path)
  if (file === undefined) return [...CLASSES].sort((a, b) => a.number - b.number).map(({ wnid }) => wnid)
  const content = await contentOf(file)
  return inOrder(file, isMatFile(content) ? numbersOfMat(file, content) : numbersOfText(content))
}

async function fileIn(path: string): Promise<string | undefined> {
  if ((await disk.stat(path))?.kind !== 'folder') return path
  for (const name of KIT)
    if ((await disk.stat(within(path, name)))?.kind === 'file') return within(path, name)
  return undefined
}

async function contentOf(file: string): Promise<Buffer> {
  const opened = await disk.open(file)
  try {
    if (opened.size <= LARGEST_FILE) return await opened.read(0, opened.size)
    throw bad(file, `expected a list of classes of at most ${LARGEST_FILE} bytes, got ${opened.size}`)
  } catch (cause) {
    throw unreadable(file, cause)
  } finally {
    await opened.close()
  }
}

const bad = (file: string, message: string) => new BlindspotError('bad-data', `${file}: ${message}`)

/** A class as a file lists it. */
interface Numbered {
  readonly wnid: string
  readonly number: number
  /** Where the file says so. */
  readonly where: string
}

const MAT_FIELDS = ['ILSVRC2012_ID', 'WNID', 'num_children']

function numbersOfMat(file: string, content: Uint8Array): readonly Numbered[] {
  return readMatStruct(file, content, 'synsets', MAT_FIELDS).flatMap((row, i): Numbered[] => {
    const [number, wnid, children] = MAT_FIELDS.map((field) => row[field])
    const where = `synset ${i + 1}`
    if (typeof number !== 'number' || typeof wnid !== 'string' || typeof children !== 'number')
      throw bad(file, `${where}: expected a number, a text and a number in ${MAT_FIELDS.join(', ')}`)
    return children === 0 ? [{ wnid, number, where }] : []
  })
}

function numbersOfText(content: Buffer): readonly Numbered[] {
  const lines = content
    .toString('utf8')
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/))
  const classes = [...lines.entries()].filter(([, [wnid]]) => wnid !== '')
  const numbered = classes.every(([, [, number]]) => /^\d+$/.test(number))
  return classes.map(([line, [wnid, number]], place) => ({
    wnid,
    number: numbered ? Number(number) : place + 1,
    where: `line ${line + 1}`,
  }))
}

/** The wnids of numbers 1 to n; each number and each class is there once. */
function inOrder(file: string, all: readonly Numbered[]): readonly string[] {
  if (all.length === 0) throw bad(file, 'expected wnids such as n01440764, a line each, got none')
  const wnids: string[] = []
  const seen = new Set<string>()
  for (const { wnid, number, where } of all) {
    if (classIndexOf(wnid) === undefined)
      throw bad(
        file,
        `${where}: expected the wnid of a class of ILSVRC2012, got ${JSON.stringify(wnid.slice(0, 40))}`,
      )
    if (!(Number.isSafeInteger(number) && number >= 1 && number <= all.length))
      throw bad(file, `${where}: expected a number from 1 to ${all.length}, got ${number}`)
    if (seen.has(wnid) || wnids.at(number - 1) !== undefined)
      throw bad(file, `${where}: expected each class and each number once, got ${wnid} and ${number} again`)
    seen.add(wnid)
    wnids[number - 1] = wnid
  }
  return wnids
}
