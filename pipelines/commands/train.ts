import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { Option } from 'commander'
import { parseArchitecture, sizeOfArchitecture } from '../../operators/architecture.js'
import { BlindspotError } from '../../operators/errors.js'
import {
  command,
  folder,
  interrupt,
  number,
  numbers,
  print,
  takeBackend,
  whole,
  type CommonOptions,
} from './command.js'
import { withTableFormat } from './tableFormat.js'
import { withWriting, writingOf, type WritingOptions } from './writing.js'

interface Options extends CommonOptions, WritingOptions {
  readonly lambda?: number[]
  readonly data?: string
  readonly test?: string
  readonly limit?: number
  readonly seed: number
  readonly epochs?: number
  readonly iterations?: number
  readonly learningRate?: number
  readonly decay: 'half' | 'paper'
  readonly name?: string
  readonly out: string
}

/** `blindspot train`: one network. */
export function trainCommand(): Command {
  const described = withWriting(command('train'))
    .description('train one network; DIR becomes a TensorFlow.js layers model and a data set of its training')
    .argument(
      '<architecture>',
      "such as FC10, FC10-nobias, FC100-100-10, AE400-10, CNN16x5-32x5-128-10; 'FC100-100-10:relu(1e-5,1e-5,1e-6)'",
    )
    .option(
      '--lambda <lambda...>',
      'weight decay: one for all layers or one per layer',
      numbers({ zero: true }),
    )
    .option('--data <source>', 'images to train on (default: mnist:train)')
    .option(
      '--test <source>',
      'images to measure the test error on (default: the test split of --data, where that has one)',
    )
    .option('--limit <n>', 'only so many training images, drawn by the seed', whole(1))
    .option('--seed <n>', 'of weights and shuffles', whole(0), 1)
    .option(
      '--epochs <n>',
      'of hidden layers, convolutions or an autoencoder (default: the recipe’s)',
      whole(1),
    )
    .option('--iterations <n>', 'of the L-BFGS of a softmax at most (default: the recipe’s)', whole(1))
    .option('--learning-rate <rate>', 'at the beginning (default: the recipe’s)', number())
    .addOption(
      new Option('--decay <reading>', 'half: ½λΣw² on the mean loss; paper: λΣw²/k')
        .choices(['half', 'paper'])
        .default('half'),
    )
    .option('--name <name>', 'of the model (default: its architecture)')
    .requiredOption('--out <dir>', 'folder of the model', folder)
    .action(act)
  return withTableFormat(described)
}

async function act(architecture: string, options: Options): Promise<void> {
  // before TensorFlow is loaded: dense networks are faster with one thread, convolutions with all
  if (architecture.trim().startsWith('CNN'))
    process.env['TF_NUM_INTRAOP_THREADS'] ??= String(availableParallelism())
  const { parseSource, USUAL_SOURCE } = await import('../../sources/source.js')
  const { testSplit } = await import('../../sources/splitText.js')
  const { trainStep } = await import('../steps/trainStep.js')
  const { trainedRecord } = await import('../steps/trainedRecord.js')
  const { rate } = await import('../tables/statistics.js')
  const { count, shareText } = await import('../tables/words.js')
  const { performInto } = await import('./performInto.js')
  const { progressBar } = await import('./progressBar.js')
  const { warnUnreadable } = await import('./warnUnreadable.js')
  const { readInput } = await import('./input.js')
  const {
    lambda,
    data = USUAL_SOURCE,
    limit,
    seed,
    epochs,
    iterations,
    learningRate,
    decay,
    name,
    out,
    backend,
  } = options
  const [form] = architecture.split('(')
  requireOwnOptions(architecture, options)
  await takeBackend(options)
  await readInput(data)
  const beside = testSplit(data)
  const isThere = async (text: string) =>
    (await parseSource(text)
      .count()
      .catch(() => 0)) !== 0
  const test = options.test ?? (beside !== undefined && (await isThere(beside)) ? beside : undefined)
  const step = trainStep({
    architecture: lambda ? `${form}(${lambda.join(',')})` : architecture,
    ...(name !== undefined && { name }),
    images: { source: data, ...(limit !== undefined && { first: limit, shuffle: seed }) },
    ...(test !== undefined && { test: { source: test } }),
    seed,
    options: { decay, epochs, iterations, learningRate },
    folder: '.',
  })
  const bar = progressBar({ silent: options.json })
  try {
    const effort = { backend, signal: interrupt.signal, onProgress: bar.onProgress, ...writingOf(options) }
    const { lake, performed } = await performInto(out, [step], effort)
    const files = performed.flatMap((one) => one.files)
    bar.stop()
    const record = await trainedRecord(
      lake,
      step.spec.folder,
      files.filter(({ table }) => table === 'models'),
    )
    warnUnreadable(lake.folder, performed)
    if (!record) throw new Error(`${out} has no record of its training`)
    const told = (error: number, images: number) =>
      `${shareText(rate({ rows: images, images, count: Math.round(error * images) }))} of ${count(images)}`
    print(
      options,
      record,
      `${record.model}: train error ${told(record.trainError, record.images)}, ` +
        (record.testImages === 0
          ? 'test error not measured, '
          : `test error ${told(record.testError, record.testImages)}, `) +
        `${record.seconds.toFixed(1)} s; ${out}/model.json`,
    )
  } finally {
    bar.stop()
  }
}

/**
 * Checks that what is asked for is something of the architecture.
 *
 * @throws BlindspotError `bad-option`
 */
function requireOwnOptions(text: string, { lambda, epochs, learningRate, iterations }: Options): void {
  if (lambda !== undefined && text.includes('('))
    throw new BlindspotError(
      'bad-option',
      `--lambda: expected no λ in ${text} beside it; leave out one of the two`,
    )
  const architecture = parseArchitecture(text)
  const isSoftmax = sizeOfArchitecture(architecture).depth === 0
  const passes = epochs === undefined ? '--learning-rate' : '--epochs'
  if (isSoftmax && (epochs ?? learningRate) !== undefined)
    throw new BlindspotError(
      'bad-option',
      `${passes}: is of hidden layers, and ${text} has none: its softmax takes --iterations`,
    )
  if (!isSoftmax && architecture.kind !== 'AE' && iterations !== undefined)
    throw new BlindspotError(
      'bad-option',
      `--iterations: is of a softmax on pixels or on a code, and ${text} has hidden layers, which take --epochs`,
    )
}
