import { requireKnown } from '../operators/options/knownOptions.js'
import type { Progress } from '../operators/flow/progress.js'
import { countedProgress } from './countedProgress.js'
import { survivedIn } from './steps/survivors.js'
import type { CompactedFile, LakeCompactOptions } from '../sinks/lake/compact.js'
import type { ManifestFile } from '../sinks/lake/committed.js'

export type { CompactedFile } from '../sinks/lake/compact.js'

export interface CompactOptions extends Omit<LakeCompactOptions, 'combine' | 'onRows'> {
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/**
 * Makes few Parquet files of the many small ones of a data set: of each step and folder of a table the same rows in the same
 * order, bit for bit. Steps go on after them as before; Delta Lake's and Iceberg's metadata, where there are any, get a version
 * that says that no row has changed. Commits stay as they are.
 *
 * @throws BlindspotError as of `compactLake`
 * @example
 * await compactDataSet('results', { fileBytes: 2 ** 28 })
 */
export async function compactDataSet(
  folder: string,
  options: CompactOptions = {},
): Promise<readonly CompactedFile[]> {
  requireKnown<CompactOptions>('compactDataSet', options, {
    ...{ fileBytes: true, grace: true, writing: true, signal: true, onGrace: true, onProgress: true },
  })
  const { onProgress = () => undefined, onGrace = () => undefined, ...ofLake } = options
  const { compactLake } = await import('../sinks/lake/compact.js')
  const progress = countedProgress('compact', 'rows', onProgress)
  let isEnded = false
  const end = (state: Progress['state']) => {
    if (!isEnded) progress.end(state)
    isEnded = true
  }
  try {
    const compacted = await compactLake(folder, {
      ...ofLake,
      combine: combinedNotes,
      onGrace: (...told) => {
        // what is counted is done
        end('complete')
        onGrace(...told)
      },
      onRows: (done, total) => {
        if (total > 0) progress.onCount(done, total)
      },
    })
    end('complete')
    return compacted
  } catch (error) {
    end(options.signal?.aborted ? 'cancelled' : 'failed')
    throw error
  }
}

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
