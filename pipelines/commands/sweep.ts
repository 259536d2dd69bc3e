import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { command, folder, interrupt, print, whole, type CommonOptions } from './command.js'
import { requeued } from './requeue.js'
import { withTableFormat } from './tableFormat.js'
import { withWriting, writingOf, type WritingOptions } from './writing.js'

interface PlanOptions extends Pick<CommonOptions, 'json'> {
  readonly out?: string
  readonly workers?: number
  readonly all?: boolean
}

interface RunOptions extends CommonOptions, WritingOptions {
  readonly out: string
  readonly workers?: number
  readonly queue?: string
  readonly shard?: string
  readonly errored: 'skip' | 'retry'
  readonly maxFailures: number
  readonly report: boolean
}

const SPEC = 'YAML or JSON file of the sweep (docs/sweeps.md)'

/** `blindspot sweep`: a grid of networks, attacks and scorings. */
export function sweepCommand(): Command {
  return new Command('sweep')
    .description(
      'networks over a grid of architectures, λ and seeds, attacked and shown to each other; resumable, on one machine or many',
    )
    .addCommand(
      new Command('plan')
        .description('the steps of a sweep, what is done already, and what the rest takes')
        .argument('<spec>', SPEC)
        .option('--out <dir>', 'data set that they are looked for in', folder)
        .option('--workers <n>', 'that share the work (default: one per core)', whole(1))
        .option('--all', 'name all steps, not the first 40')
        .option('--json', 'print the steps as JSON, a line each')
        .action(plan),
    )
    .addCommand(
      withTableFormat(
        withWriting(command('run', { json: 'print progress and result as JSON, a line each' }))
          .description('perform what is not done; interrupted or killed, the same call goes on')
          .argument('<spec>', SPEC)
          .requiredOption('--out <dir>', 'data set to write or go on with', folder)
          .option(
            '--workers <n>',
            'steps at once, each in a process of one thread (default: one per core)',
            whole(1),
          )
          .addOption(
            new Option(
              '--queue <url>',
              'redis://, rediss:// or postgres://, whose workers (blindspot worker) perform the steps, in place of processes of this machine',
            )
              .env('BLINDSPOT_QUEUE')
              .conflicts(['workers', 'shard']),
          )
          .option(
            '--shard <i/n>',
            'only this part of the steps, I from 0 to N − 1; no server is needed, the processes share the data set alone (default: of a Slurm array or a Kubernetes indexed job its own)',
          )
          .addOption(
            new Option(
              '--errored <policy>',
              'what becomes of steps that failed in an earlier run: left, or tried again',
            )
              .choices(['skip', 'retry'])
              .default('skip'),
          )
          .option(
            '--max-failures <n>',
            'how often a step that fails is tried again at once; -1: without end',
            failures,
            0,
          )
          .option('--no-report', 'without tables and the page DIR/report.html at the end')
          .action(run),
      ),
    )
    .addCommand(
      new Command('status')
        .description('how the sweeps of a data set stand: steps done, running, failed and why')
        .argument('<dir>', 'data set of a sweep', folder)
        .option('--json', 'print the result as JSON, a line per sweep')
        .action(status),
    )
}

async function plan(path: string, options: PlanOptions): Promise<void> {
  const { readSweep } = await import('../sweep/spec/readSweep.js')
  const { sweepStanding } = await import('../sweep/sweepStanding.js')
  const { planLines } = await import('./sweepLines.js')
  const standing = await sweepStanding(await readSweep(path), options.out)
  const { workers = availableParallelism(), all = false, out } = options
  print(
    options,
    standing.all,
    ...planLines(standing, { workers, most: all ? Infinity : 40, isLooked: out !== undefined }),
  )
}

async function run(path: string, options: RunOptions): Promise<void> {
  const { parseShard } = await import('../sweep/shard.js')
  const { readSweep } = await import('../sweep/spec/readSweep.js')
  const { sweep } = await import('../sweep/sweep.js')
  const { tableText } = await import('../../sinks/table/text.js')
  const { sweepProgress } = await import('./sweepProgress.js')
  const { endLines } = await import('./sweepLines.js')
  const { out, workers = availableParallelism(), queue, errored, maxFailures, backend, report } = options
  const shard = queue === undefined ? parseShard(options.shard) : undefined
  const spec = await readSweep(path)
  const label = `sweep${spec.name === undefined ? '' : ` ${spec.name}`}${shard ? ` ${shard.index}/${shard.count}` : ''}`
  const bar = sweepProgress(label, queue === undefined ? workers : 1, options)
  try {
    const result = await sweep(spec, {
      ...{ out, workers, queue, shard, errored, maxFailures },
      ...{ onProgress: bar.onProgress, onStanding: bar.onStanding },
      ...{ effort: { backend, ...writingOf(options) }, report, signal: interrupt.signal },
    })
    bar.stop()
    const { results, ...told } = result
    const { columns: width } = process.stdout
    print(
      options,
      { kind: 'result', ...told, ...results?.data, report: results?.report },
      ...Object.values(results?.tables ?? {}).map((table) => tableText(table, { width })),
      ...endLines(result, label, shard !== undefined),
    )
    if (result.failed > 0 || result.blocked > 0) process.exitCode = 1
  } catch (error) {
    bar.stop()
    if (!requeued()) throw error
  }
}

async function status(dir: string, options: Pick<CommonOptions, 'json'>): Promise<void> {
  const { openLake } = await import('../../sinks/lake/openLake.js')
  const { savedSweeps } = await import('../sweep/spec/savedSweeps.js')
  const { sweepStanding } = await import('../sweep/sweepStanding.js')
  const { statusLines } = await import('./sweepLines.js')
  const { BlindspotError } = await import('../../operators/errors.js')
  const specs = await savedSweeps(dir)
  if (specs.length === 0)
    throw new BlindspotError(
      'bad-option',
      `${dir} has no sweep; blindspot sweep run SPEC --out ${dir} begins one`,
    )
  const lake = await openLake(dir, { readOnly: true })
  const all = []
  for (const spec of specs) all.push(await sweepStanding(spec, lake.folder))
  print(
    options,
    all.map((one) => ({ ...one, all: one.all.filter(({ state }) => state !== 'done') })),
    ...all.flatMap(statusLines),
  )
}

function failures(text: string): number {
  if (text === '-1') return -1
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0 && text.trim() !== '') return value
  throw new InvalidArgumentError('expected a whole number from 0, or -1')
}
