import { dirname } from 'node:path'
import { disk } from '../store.js'
import { isWnid } from './names.js'
import { readLines } from './readLines.js'
import { readSynsets } from './synsets.js'

/** The kit's own files that say which synset a number is. */
const OF_KIT = ['meta.mat', 'map_clsloc.txt']
/** What others made of them. */
const LISTS = /(synset|clsloc|meta).*\.(txt|csv)$/i

/**
 * The wnids by the development kit's numbers, from 1, as the kit's files beside its ground truth say, or a list there, or else as
 * the kit of 2012 has them.
 *
 * A list has a wnid and its number in each line; one of wnids alone counts where it is not sorted, as that is no order of the kit.
 */
export async function kitSynsets(groundTruth: string): Promise<readonly string[]> {
  const folder = dirname(groundTruth)
  const names = ((await disk.list(folder)) ?? []).map(({ name }) => name)
  const ofKit = OF_KIT.find((name) => names.includes(name))
  if (ofKit !== undefined) return readSynsets(`${folder}/${ofKit}`)
  for (const name of names) {
    if (!LISTS.test(name) || `${folder}/${name}` === groundTruth) continue
    const wnids = synsetsOf((await readLines(`${folder}/${name}`)) ?? [])
    if (wnids) return wnids
  }
  return readSynsets()
}

function synsetsOf(lines: readonly string[]): readonly string[] | undefined {
  const rows = lines.filter((line) => line !== '').map((line) => line.split(/[\s,;]+/))
  const wnids = rows.map((words) => words.find(isWnid))
  const whole = wnids.filter((wnid) => wnid !== undefined)
  if (whole.length === 0 || whole.length < rows.length - 1) return undefined
  const numbers = rows
    .filter((words) => words.some(isWnid))
    .map((words) => words.slice(0, 2).find((word) => /^\d+$/.test(word)))
  if (numbers.every((number) => number !== undefined)) {
    const ofKit: string[] = []
    whole.forEach((wnid, row) => (ofKit[Number(numbers[row]) - 1] = wnid))
    return ofKit
  }
  const isSorted = whole.every((wnid, row) => row === 0 || whole[row - 1] < wnid)
  return isSorted ? undefined : whole
}
