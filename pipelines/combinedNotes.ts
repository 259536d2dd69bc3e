import type { ManifestFile } from '../sinks/lake/committed.js'
import { survivedIn } from './steps/survivors.js'

/** Notes that tell how far a step has come, of which the furthest counts. */
const COUNTS = ['images', 'attacked']

/**
 * What a step has noted beside several of its files in their order, as beside one: it goes on after it as after them. Undefined
 * where it notes anything else that differs.
 */
export function combinedNotes(
  files: readonly Pick<ManifestFile, 'metadata'>[],
): Readonly<Record<string, unknown>> | undefined {
  const notes = files.map(({ metadata }) => metadata)
  const [first] = notes
  const most = (name: string, of = notes) => Math.max(...of.map((note) => Number(note[name] ?? 0)))
  const names = new Set(notes.flatMap((note) => Object.keys(note)))
  const combined: Record<string, unknown> = {}
  for (const name of names) {
    const values = new Set(notes.map((note) => JSON.stringify(note[name])))
    if (name === 'compacted' || name === 'since') continue
    if (name === 'seconds') combined[name] = most(name)
    else if (name === 'survived') combined[name] = survivedIn(files)
    else if (name === 'ended') combined[name] = notes.some((note) => note[name] === true)
    else if (COUNTS.includes(name)) {
      if (notes.some((note) => typeof note[name] !== 'number')) return undefined
      combined[name] = most(name)
    } else if (name === 'taken') {
      // of those that are furthest: it says what comes after these
      const images = most('images')
      const taken = most(
        name,
        notes.filter((note) => note['images'] === images),
      )
      if (taken > 0) combined[name] = taken
    } else if (values.size > 1) return undefined
    else combined[name] = first[name]
  }
  return combined
}
