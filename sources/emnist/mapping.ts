import { BlindspotError } from '../../operators/errors.js'

/** What the labels of a set of EMNIST are. */
export interface Mapping {
  /** Label from 0 of a label as the file has it; undefined where that is none. */
  readonly label: (written: number) => number | undefined
  /** Names of the classes in the order of the labels, where a mapping file says them. */
  readonly classes: readonly string[] | undefined
  readonly count: number
}

/** Classes of the sets, and the first label that their files have. */
const SETS: Readonly<Record<string, readonly [count: number, first: number]>> = {
  balanced: [47, 0],
  byclass: [62, 0],
  bymerge: [47, 0],
  digits: [10, 0],
  letters: [26, 1],
  mnist: [10, 0],
}

export const EMNIST_SETS = Object.keys(SETS)

/** The labels of a set whose mapping file is not there. */
export function usualMapping(set: string): Mapping {
  const [count, first] = Object.hasOwn(SETS, set) ? SETS[set] : [256, 0]
  const label = (written: number) =>
    written >= first && written - first < count ? written - first : undefined
  return { label, classes: undefined, count }
}

/**
 * Reads a mapping file: a line for each label, then the codes of the characters that are of it, as `1 65 97`, whose class is `Aa`.
 *
 * @throws BlindspotError `bad-data`, naming the line
 */
export function mappingOf(place: string, text: string): Mapping {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const found = lines.flatMap((line, at) => {
    if (line === '') return []
    const [label, ...codes] = line.split(/\s+/).map(Number)
    const isCode = (code: number) => Number.isSafeInteger(code) && code > 0 && code <= 0x10ffff
    if (!(Number.isSafeInteger(label) && label >= 0 && codes.length > 0 && codes.every(isCode)))
      throw new BlindspotError(
        'bad-data',
        `${place}: line ${at + 1}: expected a label and codes of characters, as 1 65 97, got ${JSON.stringify(line)}`,
      )
    return [{ label, name: String.fromCodePoint(...codes) }]
  })
  if (found.length === 0) throw new BlindspotError('bad-data', `${place}: expected a label a line, got none`)
  found.sort((a, b) => a.label - b.label)
  const labels = new Map(found.map(({ label }, at) => [label, at]))
  return {
    label: (written) => labels.get(written),
    classes: found.map(({ name }) => name),
    count: found.length,
  }
}
