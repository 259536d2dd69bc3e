import { Observable, type Subscriber } from 'rxjs'
import { BlindspotError } from '../../operators/errors.js'
import { emit } from '../../operators/flow/hold.js'
import type { TableName, Tables } from '../../operators/records/tables.js'
import type { Unreadable } from '../../operators/records/unreadable.js'
import { Models } from './models.js'
import { known, partIdentity } from './step.js'
import {
  identityBy,
  type Effort,
  type PartsOfRows,
  type PartsOptions,
  type Rows,
  type Step,
  type Work,
} from './stepKind.js'
import { requireKnown } from '../../operators/options/knownOptions.js'

/** How a step is performed whose rows are kept nowhere. */
export interface StreamedEffort extends Effort {
  /** Told of images that could not be read, once of each. */
  readonly onUnreadable?: ((rows: readonly Unreadable[]) => void) | undefined
}

/**
 * The rows of one of a step's tables as they are made, kept nowhere: for a pipe, or a sink of one's own.
 *
 * The same rows as `perform` commits, `run` included. Each subscription performs the step anew, from its first row; whoever is
 * busy holds it up, and unsubscribing ends it. Rows of the step's other tables are dropped. Paths in the spec are absolute, or
 * relative to where the process is; what the step needs of a data set, such as the examples of an attack, it names by its path.
 *
 * The stream fails with `bad-option` for a table that the step does not write, else as `perform` does.
 *
 * @param models default: the step's own, freed with its end
 * @example
 * const step = attackStep({ model: { path: resolve('my-model') }, images: { source: 'mnist:test' } })
 * await consume(stepRows(step, 'examples', { limit: 16 }), ({ distortion }) => console.log(distortion))
 */
export function stepRows<Name extends TableName>(
  step: Step,
  table: Name,
  effort: StreamedEffort = {},
  models?: Models,
): Observable<Tables[Name]> {
  requireKnown<StreamedEffort>('stepRows', effort, {
    ...{ limit: true, examples: true, workers: true, batchSize: true, backend: true, signal: true },
    ...{ onProgress: true, onBackend: true, writing: true, notes: true, onUnreadable: true },
  })
  return new Observable((subscriber) => {
    const ending = new AbortController()
    const { signal } = effort
    const end = () => ending.abort(signal?.reason)
    if (signal?.aborted) end()
    signal?.addEventListener('abort', end)
    subscriber.add(() => {
      signal?.removeEventListener('abort', end)
      ending.abort()
    })
    const own = { ...effort, signal: ending.signal }
    performed(step, table, own, { [table]: rowsTo(subscriber) }, models).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    )
  })
}

type Sinks = { readonly [Name in TableName]?: (records: Tables[Name]) => Promise<void> }

/** Hands records on, one after the other. */
const rowsTo =
  <T>(subscriber: Subscriber<T>) =>
  (records: T): Promise<void> =>
    emit(subscriber, records)

/** Performs a step of which nothing is there, into some sinks. */
async function performed(
  step: Step,
  table: TableName,
  { onUnreadable, ...effort }: StreamedEffort,
  sinks: Sinks,
  models?: Models,
): Promise<void> {
  const folder = process.cwd()
  const own = models ?? new Models(folder, effort.backend)
  try {
    effort.signal?.throwIfAborted()
    const { kind, spec } = await known(step)
    if (!kind.tables.includes(table))
      throw new BlindspotError(
        'bad-option',
        `step ${step.name}: table: expected one that it writes, ${kind.tables.join(', ')}, got ${table}`,
      )
    const run = identityBy(kind, await kind.dependsOn(spec, { folder, models: own }))
    const errors = (rows: readonly Unreadable[]) => Promise.resolve(onUnreadable?.(rows))
    const all: Sinks = { errors, ...sinks }
    const rowsOf = <Name extends TableName>(table: Name): Rows<Tables[Name]> => ({
      write: (records) => all[table]?.(records) ?? Promise.resolve(),
    })
    const work: Work = {
      ...{
        id: partIdentity(kind, spec, run),
        run,
        effort,
        folder,
        models: own,
        name: step.name,
        kept: false,
      },
      committed: () => [],
      files: () => [],
      useBackend: async () => {
        const backend = await own.useBackend()
        effort.onBackend?.(backend)
        return backend
      },
      whole: (table) => Promise.resolve(rowsOf(table)),
      parts: (table, options) => Promise.resolve(inParts(rowsOf(table), options)),
    }
    await kind.write(spec, work)
  } finally {
    if (!models) await own.dispose()
  }
}

/** Nothing is committed; what comes before a commit comes before the rows go on. */
const inParts = <T>(rows: Rows<T>, { before }: PartsOptions): PartsOfRows<T> => {
  const flush = async () => before?.()
  return {
    async write(records) {
      await flush()
      await rows.write(records)
    },
    flush,
    note: flush,
  }
}
