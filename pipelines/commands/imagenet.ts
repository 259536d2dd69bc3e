import type { Command } from 'commander'
import { command, folder, interrupt, takeBackend, whole, type CommonOptions } from './command.js'
import { preprocessOf, withPreprocess, type PreprocessOptions } from './preprocess.js'
import { withTableFormat } from './tableFormat.js'
import { withWriting, writingOf, type WritingOptions } from './writing.js'

interface Options extends CommonOptions, WritingOptions, PreprocessOptions {
  readonly models: string[]
  readonly layers?: string[]
  readonly limit?: number
  readonly images?: number
  readonly seed: number
  readonly workers?: number
  readonly batchSize?: number
  readonly report: boolean
  readonly out: string
}

/** `blindspot imagenet`: the main job on photographs. */
export function imagenetCommand(): Command {
  const described = withWriting(command('imagenet'))
    .description(
      'evaluate networks on photographs, attack them, show the examples to each other and as 8-bit files, rank, print the tables, draw the figures, write the report',
    )
    .argument(
      '<path>',
      'ImageNet in any of its layouts, or a folder of classes of photographs; or a SOURCE with options, such as imagenet@exif:PATH',
    )
    .requiredOption('--models <model...>', 'folders with model.json, or those files')
    .option(
      '--limit <n>',
      'photographs attacked per network, of those that it gets right (default: 256)',
      whole(1),
    )
    .option('--images <n>', 'only so many photographs, drawn by the seed (default: all)', whole(1))
    .option('--layers <name...>', 'layers to rank (default: of each network the last before its logits)')
    .option('--seed <n>', 'of the photographs’ order, targets, directions and noise', whole(0), 1)
    .option('--workers <n>', 'threads of the attack; 0: none beside the main one', whole(0))
    .option(
      '--batch-size <n>',
      'searches evaluated together; changes speed and memory, not results',
      whole(1),
    )
    .option('--no-report', 'without the page DIR/report.html')
    .requiredOption('--out <dir>', 'data set to write or go on with', folder)
    .action(act)
  return withTableFormat(withPreprocess(described))
}

/** Schemes of sources; anything else is a path. */
const SCHEME = /^[a-z]+[:@]/

async function act(path: string, options: Options): Promise<void> {
  const { imagenetPaper } = await import('../imagenet.js')
  const { progressBar } = await import('./progressBar.js')
  const { sayUnreadable } = await import('./warnUnreadable.js')
  const { printResults } = await import('./printResults.js')
  await takeBackend(options)
  const bar = progressBar({ silent: options.json })
  const began = performance.now()
  try {
    const { models, layers, limit, images, seed, workers, batchSize, backend, report, out } = options
    const result = await imagenetPaper({
      ...{ models, layers, limit, images, seed, workers, batchSize, backend, report, out },
      source: SCHEME.test(path) ? path : `imagenet:${path}`,
      ...{ signal: interrupt.signal, onProgress: bar.onProgress },
      ...writingOf(options),
      ...preprocessOf(options),
    })
    bar.stop()
    const { tables, unreadable, folder: written } = result
    const told = [tables.photographs, tables.transfer, tables.survival, tables.purity]
    printResults(options, result, told, began, { fields: { unreadable } })
    if (unreadable > 0) sayUnreadable(unreadable, `the table errors of ${written} says which, and why`)
  } finally {
    bar.stop()
  }
}
