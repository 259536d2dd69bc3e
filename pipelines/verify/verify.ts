import { requireClassifier } from '../../operators/classifier/requireClassifier.js'
import { requireArray } from '../../operators/options/requireKinds.js'
import { requireKnown } from '../../operators/options/knownOptions.js'
import type { Progress } from '../../operators/flow/progress.js'
import { isTableName, TABLES } from '../../operators/records/tables.js'
import type { Lake } from '../../sinks/lake/lake.js'
import { requireLake } from '../../sinks/lake/requireLake.js'
import { countedProgress } from '../countedProgress.js'
import type { Fault } from './fault.js'
import type { LookOptions } from './lookedThrough.js'

export type { Fault } from './fault.js'

export interface VerifyOptions extends LookOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Told of each fault when it is found. */
  readonly onFault?: ((fault: Fault) => void) | undefined
}

/** What was looked at, and what is wrong. */
export interface Verified {
  readonly files: number
  readonly rows: number
  readonly bytes: number
  /** Rows of examples whose own numbers were computed again. */
  readonly recomputed: number
  /** Rows of examples that a model was shown again. */
  readonly shownAgain: number
  readonly faults: readonly Fault[]
}

/**
 * Looks through all that is committed of a data set: that each file is there, whole and the one that was committed; that its
 * footer, columns, rows, statistics and index of pages are those of its table; that no row is there twice; and that the numbers of
 * examples are those of their images. In bounded memory; nothing is changed.
 *
 * @throws BlindspotError where the data set itself cannot be opened; the signal's reason. What is wrong in it is a fault
 * @example
 * const { faults } = await verifyDataSet(await openLake('results', { readOnly: true }))
 */
export async function verifyDataSet(lake: Lake, options: VerifyOptions = {}): Promise<Verified> {
  requireKnown<VerifyOptions>('verifyDataSet', options, {
    ...{ models: true, signal: true, onProgress: true, onFault: true },
  })
  if (options.models !== undefined) requireArray('verifyDataSet: models', options.models, 'classifiers')
  for (const model of options.models ?? []) requireClassifier('verifyDataSet: models', model)
  requireLake('verifyDataSet', lake)
  const { signal, onProgress = () => undefined, onFault = () => undefined } = options
  const { keyFaults, LookedThrough, strayFaults } = await loaded()
  const files = await lake.files()
  const total = files.reduce((sum, { rows }) => sum + rows, 0)
  const progress = countedProgress('verify', 'rows', onProgress)
  const sum = { rows: 0, bytes: 0, recomputed: 0, shownAgain: 0 }
  const faults: Fault[] = []
  const add = (found: readonly Fault[]) => {
    faults.push(...found)
    found.forEach(onFault)
  }
  progress.onCount(0, total)
  for (const file of files) {
    signal?.throwIfAborted()
    const done = sum.rows
    const looked = new LookedThrough(file, options, (rows) => {
      sum.rows += rows
      progress.onCount(sum.rows, total)
    })
    add(await looked.faults(lake))
    // what could not be read is looked at, too
    sum.rows = done + file.rows
    sum.bytes += file.bytes
    sum.recomputed += looked.recomputed
    sum.shownAgain += looked.shownAgain
  }
  signal?.throwIfAborted()
  const whole = Object.keys(TABLES)
    .filter(isTableName)
    .filter((table) => files.some((file) => file.table === table))
    .filter((table) => !faults.some(({ file }) => file.startsWith(`${table}/`)))
  for (const table of whole) add(await keyFaults(lake, table, signal))
  add(await strayFaults(lake))
  progress.onCount(total, total)
  progress.end('complete')
  return { files: files.length, ...sum, faults }
}

/** What looks is loaded when something is looked through. */
async function loaded() {
  return {
    ...(await import('./keys.js')),
    ...(await import('./lookedThrough.js')),
    ...(await import('./strays.js')),
  }
}
