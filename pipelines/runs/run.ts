import type { LakeFile } from '../../sinks/lake/lake.js'
import { givenIn, modelsIn, objectIn, textIn, textsIn, type Noted } from './noted.js'

/** What one `run` of a data set stands for, as its files and their footers say. */
export interface Run {
  /** What the rows have in their column `run`. */
  readonly run: string
  /** What made them: `train`, `attack`, `searchPath`, `score` or `rank`; empty where neither footer nor table says. */
  readonly kind: string
  /** The model that was trained, attacked or ranked, or those that something was shown to. */
  readonly models: readonly string[]
  /** Layer that was ranked; null of other kinds. */
  readonly layer: string | null
  /** What was shown to the models of a scoring, such as `adversarial`; null of other kinds and of several of them. */
  readonly shown: string | null
  /**
   * How an attack looked, such as `l-bfgs`, and what it aimed at; of scores from code that of the examples that were shown. Null of
   * other kinds.
   */
  readonly method: string | null
  readonly goal: string | null
  /** Null where the rows are the same whatever it is: of an attack on others than random targets. */
  readonly seed: number | null
  /** SOURCE of the images as it was given, and what its rows call it; null where they are other runs' examples. */
  readonly source: string | null
  readonly dataset: string | null
  readonly split: string | null
  /** Runs whose examples, or their originals, were shown; of a search path its attack, whose `run` its rows have. */
  readonly ofRuns: readonly string[]
  /** What its files were committed as: the run itself or its shards, in code what `lake.writer` was given. */
  readonly steps: readonly string[]
  /** Tables with their numbers of rows. */
  readonly tables: Readonly<Record<string, number>>
  readonly rows: number
  readonly files: number
  /** Seconds that the longest call which made some of it took. */
  readonly seconds: number
  /** When the first and the last of its files were committed, ISO 8601. */
  readonly begun: string
  readonly ended: string
  /** Version and commit of blindspot, the backend, and the call of the command line that began it. */
  readonly version: string | null
  readonly commit: string | null
  readonly backend: string | null
  readonly command: string | null
  /** All that its rows depend on, as it was hashed; of rows from code what of the attack is not as usual. */
  readonly options: Readonly<Record<string, unknown>>
}

/** Files that are of one run by their commits, and what the footer of one says. */
export interface Group {
  readonly run: string
  readonly files: readonly LakeFile[]
  readonly provenance: Noted
}

/** What commits and a footer say of a run. */
export function runOf({ run, files, provenance }: Group): Run {
  const [kind, options] = madeBy(provenance)
  const given = objectIn(provenance['images'])
  const images = objectIn(options['images'])
  const times = files
    .flatMap(({ committed, metadata: { since } }) => [committed, textIn(since) ?? committed])
    .sort()
  return {
    ...{ run, kind, models: modelsIn(kind, provenance, options, files) },
    layer: textIn(options['layer']) ?? null,
    shown: kind === 'score' ? (textIn(options['kind']) ?? null) : null,
    method: kind === 'attack' ? (textIn(options['method']) ?? 'l-bfgs') : null,
    goal: kind === 'attack' || kind === 'searchPath' ? goalIn(options) : null,
    seed: seedIn(kind, options),
    source: textIn(given['source']) ?? givenIn(provenance) ?? null,
    dataset: textIn(images['dataset']) ?? textIn(given['dataset']) ?? null,
    split: textIn(images['split']) ?? textIn(given['split']) ?? null,
    ofRuns: [options['examples'], images['originals'], options['attack']].flatMap(textsIn),
    steps: [...new Set(files.map(({ step }) => step))],
    ...rowsOf(files),
    files: files.length,
    seconds: secondsOf(files),
    ...{ begun: times[0], ended: times[times.length - 1] },
    version: textIn(provenance['blindspot']) ?? null,
    commit: textIn(provenance['commit']) ?? null,
    backend: textIn(provenance['backend']) ?? null,
    command: textIn(provenance['command']) ?? null,
    options,
  }
}

/** The rows of some files by their tables, in the order in which these come, and in all. */
export function rowsOf(files: readonly Pick<LakeFile, 'table' | 'rows'>[]): Pick<Run, 'tables' | 'rows'> {
  const tables: Record<string, number> = {}
  for (const { table, rows } of files) tables[table] = (tables[table] ?? 0) + rows
  return { tables, rows: files.reduce((sum, { rows }) => sum + rows, 0) }
}

/** Kinds of steps, as footers name them. */
export const KINDS = ['train', 'attack', 'searchPath', 'score', 'rank'] as const

/** Which kind of step a footer tells of, and all that its rows depend on. */
function madeBy(provenance: Noted): readonly [kind: string, options: Noted] {
  for (const kind of KINDS) {
    const found = objectIn(provenance[kind])
    if (typeof found['version'] === 'number') return [kind, found]
  }
  return ['', {}]
}

function goalIn(options: Noted): string | null {
  if (options['target'] !== undefined) return 'target'
  return options['cases'] === undefined ? (textIn(options['goal']) ?? 'random') : 'cases'
}

function seedIn(kind: string, options: Noted): number | null {
  if ((kind === 'attack' || kind === 'searchPath') && goalIn(options) !== 'random') return null
  const passes: readonly unknown[] = Array.isArray(options['passes']) ? options['passes'] : []
  const from =
    kind === 'train' ? objectIn(options['recipe']) : kind === 'rank' ? objectIn(passes[0]) : options
  return typeof from['seed'] === 'number' ? from['seed'] : null
}

/** Each file notes the time since its call began: the longest counts. */
const secondsOf = (files: readonly LakeFile[]): number =>
  files.reduce(
    (most, { metadata: { seconds } }) => Math.max(most, typeof seconds === 'number' ? seconds : 0),
    0,
  )
