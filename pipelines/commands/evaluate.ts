import type { Command } from 'commander'
import { command, interrupt, print, sayFallback, whole, type CommonOptions } from './command.js'

interface Options extends CommonOptions {
  readonly data: string
  readonly limit?: number
}

/** `blindspot evaluate`: error rates. */
export function evaluateCommand(): Command {
  return command('evaluate')
    .description('error rates of models')
    .argument('<models...>', 'folders with model.json, or those files')
    .requiredOption('--data <source>', 'such as mnist:test')
    .option('--limit <n>', 'only the first so many images', whole(1))
    .action(act)
}

async function act(paths: string[], options: Options): Promise<void> {
  const { evaluateModels } = await import('../evaluateModels.js')
  const { tableText } = await import('../../sinks/table/text.js')
  const { evaluationsTable } = await import('../tables/evaluations.js')
  await sayFallback(options)
  const rows = await evaluateModels(paths, options, interrupt.signal)
  const { columns: width } = process.stdout
  print(options, rows, tableText(evaluationsTable(options.data, rows), { width }))
}
