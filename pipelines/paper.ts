import { availableParallelism } from 'node:os'
import { BlindspotError } from '../operators/errors.js'
import { useBackend } from '../operators/tensor/backend.js'
import type { Lake } from '../sinks/lake/lake.js'
import { PAPER_SETTINGS, paperSample, paperSteps, type PaperPlan, type PaperSettings } from './paperSteps.js'
import type { Results } from './results.js'
import { performAll } from './steps/step.js'
import type { Effort } from './steps/stepKind.js'
import { performInThreads } from './steps/thread.js'
import { localExecutor } from './sweep/children/local.js'
import { performPlan } from './sweep/performPlan.js'
import type { PlanStanding } from './sweep/tally.js'
import type { PaperTables } from './tables/dataSet.js'
import { onlyKnown, requireKnown } from '../operators/options/knownOptions.js'
import { requireText } from '../operators/options/requireKinds.js'

export interface PaperOptions
  extends PaperSettings, Pick<Effort, 'backend' | 'signal' | 'onProgress' | 'writing'> {
  /** Folder of the data set. */
  readonly out: string
  /** Networks trained side by side. Default: one per core, four at most. */
  readonly workers?: number | undefined
  /** Write the tables as Arrow as well, `OUT/arrow/TABLE.arrows`: several times the bytes of the Parquet. Default false. */
  readonly arrow?: boolean | undefined
  /** Write the page `OUT/report.html`. Default true. */
  readonly report?: boolean | undefined
  /** Told how the steps of several seeds stand, which are a sweep. */
  readonly onStanding?: ((standing: PlanStanding) => void) | undefined
}

export interface PaperResult extends Results<keyof PaperTables | 'accuracy'> {
  /** The data set's tables as Arrow streams; none where they were not asked for. */
  readonly arrow: readonly string[]
  /** The data set's folder, and the rows of its tables. */
  readonly folder: string
  readonly rows: readonly (readonly [table: string, rows: number])[]
  readonly backend: string
}

const MOST_WORKERS = 4

/**
 * The main job: trains the networks of Tables 1 and 3 on MNIST, attacks them, scores every network on every network's
 * examples, ranks the test images along units and random directions, writes all of it as a data set, and makes Tables 1 to
 * 4 beside the paper's numbers, those of units against directions, its figures of images and a page of everything. What the
 * data set has already is not made again. With several `seeds` all of it is done with each, and the tables say their mean and
 * its interval beside the numbers of the first; seeds can be added later.
 *
 * @throws BlindspotError `bad-option` where the folder holds the results of another first seed or of `quick`; those of `perform`
 * @example
 * const { tables } = await paper({ out: 'results-paper', limit: 256 })
 */
export async function paper(options: PaperOptions): Promise<PaperResult> {
  requireKnown<PaperOptions>('paper', options, {
    out: true,
    workers: true,
    arrow: true,
    report: true,
    onStanding: true,
    limit: true,
    quick: true,
    seed: true,
    seeds: true,
    literal: true,
    backend: true,
    signal: true,
    onProgress: true,
    writing: true,
  })
  requireText('paper: out', options.out, 'the path of a folder')
  const { withLake } = await import('../sinks/lake/withLake.js')
  return withLake(options.out, async (lake) => {
    const { name: backend } = await useBackend(options.backend)
    const runs = await stepsOf(lake, options)
    await lake.checkpoint()
    const { quick = false, seed = 1, report, signal } = options
    const { resultsOf, rowCounts } = await import('./results.js')
    const made = await resultsOf(lake, {
      choose: ({ paper: tables, accuracy }) => ({ ...tables, accuracy }),
      restriction: { first: paperSample(options), runs },
      about: { quick, seed },
      ...{ report, signal },
    })
    return {
      ...made,
      arrow: options.arrow === true ? await copied(lake, signal) : [],
      folder: lake.folder,
      rows: await rowCounts(lake),
      backend,
    }
  })
}

async function copied(lake: Lake, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const { arrowCopy } = await import('./arrowCopy.js')
  return arrowCopy(lake, signal)
}

/** Performs what is not done yet; gives the runs of all steps. */
async function stepsOf(lake: Lake, options: PaperOptions): Promise<readonly string[]> {
  const { seed = 1, quick = false, backend, signal, onProgress, writing } = options
  const { workers = Math.min(availableParallelism(), MOST_WORKERS) } = options
  await refuseOthers(lake, seed, quick)
  // the first seed, also beside the rows of others: it says which networks have the paper's names
  const effort: Effort = { backend, signal, onProgress, writing, notes: { seed, quick } }
  const plan = paperSteps(onlyKnown<PaperSettings>(options, PAPER_SETTINGS))
  return (options.seeds ?? 1) > 1
    ? asSweep(lake, plan, workers, { ...options, notes: effort.notes })
    : sideBySide(lake, plan, workers, effort)
}

/** Performs a plan: its trainings side by side, then the rest; gives the runs of all its steps. */
async function sideBySide(
  lake: Lake,
  { trainings, others }: PaperPlan,
  workers: number,
  effort: Effort,
): Promise<readonly string[]> {
  const trained = await performInThreads(lake, trainings, workers, effort)
  const performed = await performAll(lake, others, effort)
  return [...trained, ...performed].map(({ run }) => run)
}

/** Performs a plan in child processes, each step as soon as it can be; gives the runs of all its steps. */
async function asSweep(
  lake: Lake,
  { trainings, others }: PaperPlan,
  workers: number,
  { backend, notes, writing, signal, onProgress, onStanding }: PaperOptions & Pick<Effort, 'notes'>,
): Promise<readonly string[]> {
  const executor = localExecutor(lake.folder, { workers })
  try {
    const effort = { backend, notes, writing }
    // what failed in an earlier run is tried again, as it is of one seed
    const options = { effort, signal, onProgress, onStanding, errored: 'retry' } as const
    const { runs, failures } = await performPlan(lake, [...trainings, ...others], executor, options)
    const [first] = failures as readonly [(typeof failures)[number]?]
    if (!first) return runs
    throw new BlindspotError(
      'bad-data',
      `${failures.length} of the steps failed; the first is ${first.name}: ${first.message}`,
    )
  } finally {
    await executor.close()
  }
}

/** The names of the paper's networks mean one network each in a data set. */
async function refuseOthers(lake: Lake, seed: number, quick: boolean): Promise<void> {
  for (const { metadata } of await lake.files({ table: 'models' })) {
    const { seed: otherSeed, quick: otherQuick } = metadata
    // another command's
    if (otherQuick === undefined || (otherSeed === seed && otherQuick === quick)) continue
    throw new BlindspotError(
      'bad-option',
      `${lake.folder} holds the results of seed ${String(otherSeed)}${otherQuick ? ' with --quick' : ''}, ` +
        `not of seed ${seed}${quick ? ' with --quick' : ''}; choose another folder with --out`,
    )
  }
}
