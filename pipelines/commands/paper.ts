import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { command, folder, interrupt, takeBackend, whole, type CommonOptions } from './command.js'
import { withTableFormat } from './tableFormat.js'
import { withWriting, writingOf, type WritingOptions } from './writing.js'

interface Options extends CommonOptions, WritingOptions {
  readonly out?: string
  readonly limit?: number
  readonly quick?: boolean
  readonly literal?: boolean
  readonly seed: number
  readonly seeds: number
  readonly workers?: number
  readonly arrow?: boolean
  readonly report: boolean
}

/** `blindspot paper`: the main job. */
export function paperCommand(): Command {
  const described = withWriting(command('paper'), () => true)
    .description(
      'train the networks of Tables 1 and 3 on MNIST, attack, score and rank, print the tables, draw the figures, write the report',
    )
    .option(
      '--out <dir>',
      'data set to write or go on with (default: results, with --quick results-quick)',
      folder,
    )
    .option('--limit <n>', 'images attacked per network (default: 256, with --quick 64)', whole(1))
    .option('--quick', 'smaller training sets and fewer epochs: to see it run, not to compare')
    .option('--seed <n>', 'of weights, shuffles, targets and noise', whole(0), 1)
    .option(
      '--seeds <n>',
      'how many seeds, from that of --seed on: tables also have intervals over them',
      whole(1),
      1,
    )
    .option('--literal', 'Table 4 also with the amplification as the paper writes it, to an L2 norm of 0.1')
    .option('--arrow', 'the tables also as Arrow, DIR/arrow/TABLE.arrows: six times the bytes of the Parquet')
    .option('--no-report', 'without the page DIR/report.html')
    .option('--workers <n>', 'networks trained side by side (default: one per core, 4 at most)', whole(1))
    .action(act)
  return withTableFormat(described, ({ out, quick }) => out ?? (quick ? 'results-quick' : 'results'))
}

async function act({ out, ...options }: Options): Promise<void> {
  const { paper } = await import('../paper.js')
  const { sweepProgress } = await import('./sweepProgress.js')
  const { printResults } = await import('./printResults.js')
  await takeBackend(options)
  const bar = sweepProgress('paper', options.workers ?? availableParallelism(), { silent: options.json })
  const began = performance.now()
  try {
    const { limit, quick, literal, seed, seeds, workers, report, backend } = options
    const result = await paper({
      ...{ limit, quick, literal, seed, seeds, workers, report, backend },
      arrow: options.arrow,
      out: out ?? (options.quick ? 'results-quick' : 'results'),
      signal: interrupt.signal,
      onProgress: bar.onProgress,
      onStanding: bar.onStanding,
      ...writingOf(options),
    })
    bar.stop()
    const { tables, arrow } = result
    const { table1, table2, table3, table4, purity } = tables
    printResults(options, result, [table1, table2, table3, table4, purity], began, {
      fields: { arrow },
      lines: arrow.length > 0 ? [`Arrow ${arrow.join(' ')}`] : [],
    })
  } finally {
    bar.stop()
  }
}
