import type { Command } from 'commander'
import {
  command,
  folder,
  interrupt,
  number,
  numbers,
  print,
  sayFallback,
  whole,
  type CommonOptions,
} from './command.js'

interface Options extends CommonOptions {
  readonly models: string[]
  readonly noise?: number[]
  readonly amplify?: number
  readonly clip?: boolean
  readonly seed: number
  readonly out: string
}

/** `blindspot score`: written examples against other models. */
export function scoreCommand(): Command {
  return command('score')
    .description('show written adversarial examples to other models')
    .argument('<examples>', 'data set with a table examples, a folder of it, or a Parquet file')
    .requiredOption('--models <model...>', 'folders with model.json, or those files')
    .option(
      '--noise <sigma...>',
      'also the same images under Gaussian noise of these standard deviations',
      numbers({ zero: true }),
    )
    .option('--amplify <rms>', 'also the perturbations rescaled to this RMS', number())
    .option(
      '--clip',
      'clip noise and amplified perturbations to the examples’ box, [0, 1] where they tell none',
    )
    .option('--seed <n>', 'of the noise', whole(0), 1)
    .requiredOption('--out <dir>', 'data set to write or go on with: table scores', folder)
    .action(run)
}

async function run(examples: string, options: Options): Promise<void> {
  const { scoreExamples } = await import('../scoreExamples.js')
  const { progressBar } = await import('./progressBar.js')
  const { tableText } = await import('../../sinks/table/text.js')
  await sayFallback(options)
  const bar = progressBar({ silent: options.json })
  try {
    const summary = await scoreExamples(
      { examples, ...options },
      { signal: interrupt.signal, onProgress: bar.onProgress },
    )
    bar.stop()
    if (options.json) {
      for (const row of summary.rows) console.log(JSON.stringify(row))
      return
    }
    print(options, summary, [tableText(summary.table), ...summary.files].join('\n'))
  } finally {
    bar.stop()
  }
}
