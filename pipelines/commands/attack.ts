import { Option, type Command } from 'commander'
import {
  PAYLOADS,
  PLAIN_GOALS,
  REASONS,
  STATUSES,
  type Payload,
  type PlainGoal,
} from '../../operators/records/codes.js'
import { PENALTIES, type PenaltyName } from '../../operators/minimize/penalty.js'
import type { Backend } from '../../operators/tensor/backend.js'
import type { Effort, Step } from '../steps/stepKind.js'
import type { Survived } from '../steps/survivors.js'
import type { Estimate } from '../tables/statistics.js'
import type { ProgressBar } from './progressBar.js'
import { count, many, shareText } from '../tables/words.js'
import {
  command,
  folderOrWire,
  interrupt,
  print,
  sayFallbackOf,
  whole,
  WIRE,
  type CommonOptions,
} from './command.js'
import { withWriting, writingOf, type WritingOptions } from './writing.js'
import { absolute } from '../../sources/place.js'
import { withTableFormat } from './tableFormat.js'

interface Options extends CommonOptions, WritingOptions {
  readonly data: string
  readonly goal: PlainGoal
  readonly target?: number
  readonly cases?: string
  readonly name?: string
  readonly limit?: number
  readonly seed: number
  readonly batchSize: number
  readonly penalty: PenaltyName
  readonly maxEvaluations?: number
  readonly workers?: number
  readonly payload: Payload
  readonly out: string
}

/** `blindspot attack`: box-constrained L-BFGS. */
export function attackCommand(): Command {
  const described = withWriting(command('attack'))
    .description('the smallest perturbations that a model takes for a wrong class: box-constrained L-BFGS')
    .argument('<model>', 'folder with model.json, or that file')
    .requiredOption('--data <source>', 'such as mnist:test')
    .addOption(new Option('--goal <goal>', 'which wrong class').choices(PLAIN_GOALS).default('random'))
    .addOption(
      new Option('--target <class>', 'this class for every image, in place of a goal')
        .argParser(whole(0))
        .conflicts('goal'),
    )
    .addOption(
      new Option(
        '--cases <file>',
        'CSV or Parquet with columns index, target: exactly these, in place of a goal',
      ).conflicts(['goal', 'target']),
    )
    .option('--name <name>', 'what the model is called in the data set (default: its own, or its folder)')
    .option('--limit <n>', 'only the first so many images, or cases', whole(1))
    .option('--seed <n>', 'of the random targets', whole(0), 1)
    .option('--batch-size <n>', 'searches evaluated together; changes speed, not results', whole(1), 256)
    .option('--workers <n>', 'threads; 0: none beside the main one (default: one per core)', whole(0))
    .addOption(
      new Option('--penalty <length>', 'of the perturbation: squared, c‖r‖², or norm, c‖r‖')
        .choices(PENALTIES)
        .default('squared'),
    )
    .option('--max-evaluations <n>', 'forward-backward passes per search at most (default: 1000)', whole(1))
    .addOption(
      new Option('--payload <type>', 'how images are stored; all but float32 are rounded, and counted again')
        .choices(PAYLOADS)
        .default('float32'),
    )
    .requiredOption(
      '--out <dir>',
      'data set to write or go on with: table examples; -: its rows as an Arrow stream on standard output',
      folderOrWire,
    )
    .action(act)
  return withTableFormat(described)
}

async function act(model: string, options: Options): Promise<void> {
  const { attackThreads, defaultWorkers } = await import('../../operators/engine/threads.js')
  const { workers = defaultWorkers(), backend } = options
  // they load TensorFlow while this thread loads the rest
  attackThreads(workers, backend)
  const { attackStep } = await import('../steps/attack.js')
  const { askData } = await import('../tables/askData.js')
  const { attackSummary } = await import('../tables/attackSummary.js')
  const { survivedIn } = await import('../steps/survivors.js')
  const { performInto } = await import('./performInto.js')
  const { progressBar } = await import('./progressBar.js')
  const { warnUnreadable } = await import('./warnUnreadable.js')
  const { readInput } = await import('./input.js')
  const { name, data, cases, limit, seed, penalty, maxEvaluations, batchSize, out } = options
  const aim =
    cases !== undefined
      ? { cases: absolute(cases), firstCases: limit }
      : options.target !== undefined
        ? { target: options.target }
        : { goal: options.goal }
  await readInput(data)
  const step = attackStep({
    model: { path: absolute(model), ...(name !== undefined && { name }) },
    images: { source: data },
    ...aim,
    ...{ seed, penalty, maxEvaluations, payload: options.payload },
  })
  const bar = progressBar({ silent: options.json })
  try {
    const effort = {
      ...{ workers, batchSize, backend, signal: interrupt.signal, onProgress: bar.onProgress },
      ...(cases === undefined && { limit }),
      ...writingOf(options),
      onBackend: (found: Backend) => sayFallbackOf(options, found),
    }
    if (out === WIRE) {
      await streamed(options, step, effort, bar)
      return
    }
    const { lake, performed } = await performInto(out, [step], effort)
    const [{ run, files: committed }] = performed
    const files = committed.map(({ path }) => path)
    const of = { run, first: cases === undefined ? limit : undefined }
    const numbers = await askData(lake, (database) => attackSummary(database, of), { tables: ['examples'] })
    const survived = survivedIn(committed)
    const summary = { ...numbers, ...(survived && { survived }), files }
    bar.stop()
    const unreadable = warnUnreadable(lake.folder, performed)
    const { success, failed, nonFinite, skipped, images, successRate, distortion, relative } = summary
    if (nonFinite > 0) warnOfNonFinite(nonFinite, success + failed)
    print(
      options,
      { ...summary, unreadable },
      `${many(success, 'example')}, ${count(failed)} failed, ${count(skipped)} skipped; ` +
        (successRate.n === 0 ? '' : `${shareText(successRate, 1, ' fooled')}, `) +
        meanOf(distortion) +
        (relative === null ? '' : `, ‖r‖/‖x‖ ${relative.toPrecision(3)}`) +
        (success + failed > images
          ? `; N ${count(images)} images, whose several rows count as one in the intervals`
          : ''),
      ...(survived ? [await survivedText(survived)] : []),
      ...files,
    )
  } finally {
    bar.stop()
  }
}

/** The same with the rows on standard output; of them their numbers alone are told. */
async function streamed(options: Options, step: Step, effort: Effort, bar: ProgressBar): Promise<void> {
  const { streamRows, told } = await import('./wire.js')
  const of = { success: 0, failed: 0, skipped: 0 }
  let nonFinite = 0
  const result = await streamRows('examples', [step], effort, ({ status, reason }) => {
    for (const code of status) of[STATUSES[code]]++
    for (const code of reason) nonFinite += Number(REASONS[code] === 'non-finite')
  })
  bar.stop()
  if (nonFinite > 0) warnOfNonFinite(nonFinite, of.success + of.failed)
  told(options, 'examples', { ...result, ...of, nonFinite })
}

/** Of all that is committed of the attack. */
async function survivedText({ payload, examples, images, fooling }: Survived): Promise<string> {
  const { rate } = await import('../tables/statistics.js')
  const share = rate({ rows: examples, images, count: fooling })
  return `as ${payload} ${count(fooling)} of ${many(examples, 'example')} still fool it${examples === 0 ? '' : ` (${shareText(share, 0)})`}`
}

/** Warns of rows that failed on NaN or Infinity: they are in the files; that there is nothing else is a failure. */
function warnOfNonFinite(nonFinite: number, attacked: number): void {
  console.error(
    `${nonFinite} of ${attacked} rows failed since the network gave NaN or Infinity; look at its weights for either`,
  )
  if (nonFinite === attacked) process.exitCode = 1
}

function meanOf({ n, value, low, high }: Estimate): string {
  if (n === 0) return 'no distortion to report'
  return `mean distortion ${value.toFixed(4)}${n > 1 ? ` [${low.toFixed(4)}, ${high.toFixed(4)}]` : ''}`
}
