import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Step } from '../steps/stepKind.js'
import type { ScoreSpec } from '../steps/score.js'
import {
  command,
  folder,
  interrupt,
  number,
  numbers,
  print,
  sayFallback,
  whole,
  wholes,
  type CommonOptions,
} from './command.js'

interface Options extends CommonOptions {
  readonly models: string[]
  readonly noise?: number[]
  readonly amplify?: number
  readonly clip?: boolean
  readonly png?: boolean
  readonly jpeg?: number[]
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
    .option('--png', 'also the examples as PNG has them, rounded to 8 bits a value')
    .option(
      '--jpeg <quality...>',
      'also the examples encoded and decoded as JPEG of these qualities, 1 to 100',
      wholes(1, 100),
    )
    .option('--seed <n>', 'of the noise', whole(0), 1)
    .requiredOption('--out <dir>', 'data set to write or go on with: table scores', folder)
    .action(act)
}

async function act(examples: string, options: Options): Promise<void> {
  const { tableText } = await import('../../sinks/table/text.js')
  const { askData } = await import('../tables/askData.js')
  const { scoreLines, scoresTable } = await import('../tables/scores.js')
  const { survivalTable } = await import('../tables/survival.js')
  const { performInto } = await import('./performInto.js')
  const { progressBar } = await import('./progressBar.js')
  const { modelReference } = await import('../../operators/tensor/modelReference.js')
  await sayFallback(options)
  const bar = progressBar({ silent: options.json })
  try {
    const steps = await scoringOf(examples, options)
    const victims = await Promise.all(options.models.map((path) => modelReference(path)))
    const effort = { backend: options.backend, signal: interrupt.signal, onProgress: bar.onProgress }
    const { lake, performed } = await performInto(options.out, steps, effort)
    const written = [...new Set(performed.flatMap(({ files }) => files.map(({ path }) => path)))]
    const of = { runs: performed.map(({ id }) => id), models: victims.map(({ name }) => name) }
    const lines = await askData(lake, (database) => scoreLines(database, of), { tables: ['scores'] })
    bar.stop()
    const { columns: width } = process.stdout
    const tables = [scoresTable(lines, of), ...(options.png || options.jpeg ? [survivalTable(lines)] : [])]
    print(options, lines, ...tables.map((table) => tableText(table, { width })), ...written)
  } finally {
    bar.stop()
  }
}

/** The steps of a scoring: the examples, the same amplified, noise on their images, and the examples stored as files. */
export async function scoringOf(
  path: string,
  {
    models: paths,
    noise = [],
    amplify: size,
    clip = false,
    png = false,
    jpeg = [],
    seed,
  }: Omit<Options, 'out'>,
): Promise<readonly Step<ScoreSpec>[]> {
  const { examplesBelow } = await import('../steps/examples.js')
  const { scoreStep } = await import('../steps/score.js')
  const all = await examplesBelow(path)
  const models = paths.map((model) => ({ path: resolve(model) }))
  const step = (shown: ScoreSpec['shown'], partition: string) => scoreStep({ models, shown, partition })
  return [
    ...all.map((examples) => step({ kind: 'adversarial', examples }, 'adversarial')),
    ...(size === undefined
      ? []
      : all.map((examples) =>
          step({ kind: 'amplified', examples, size, norm: 'rms', clip }, `amplified ${size}`),
        )),
    ...[...new Set(noise)].map((stddev) =>
      step({ kind: 'gaussian', stddev, seed, clip, images: { originals: all } }, `gaussian ${stddev}`),
    ),
    ...(png ? all.map((examples) => step({ kind: 'png', examples }, 'png')) : []),
    ...[...new Set(jpeg)].flatMap((quality) =>
      all.map((examples) => step({ kind: 'jpeg', quality, examples }, `jpeg ${quality}`)),
    ),
  ]
}
