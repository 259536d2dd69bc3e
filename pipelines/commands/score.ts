import type { Command } from 'commander'
import { BlindspotError } from '../../operators/errors.js'
import { LARGEST_PERTURBATION } from '../../operators/minimize/box.js'
import type { Step } from '../steps/stepKind.js'
import type { ScoreSpec } from '../steps/scoreSpec.js'
import { cleanStep } from './cleanStep.js'
import {
  command,
  folderOrWire,
  interrupt,
  number,
  numbers,
  print,
  takeBackend,
  whole,
  wholes,
  WIRE,
  type CommonOptions,
} from './command.js'
import { absolute } from '../../sources/place.js'
import { localFolder } from '../../sources/objects/localFolder.js'
import { modelsOnce } from './modelsOnce.js'
import { preprocessOf, withPreprocess, type PreprocessOptions } from './preprocess.js'
import { withTableFormat } from './tableFormat.js'
import { withWriting, writingOf, type WritingOptions } from './writing.js'

interface Options extends CommonOptions, WritingOptions, PreprocessOptions {
  readonly data?: string
  readonly models: readonly string[]
  readonly limit?: number
  readonly noise?: number[]
  readonly amplify?: number
  readonly clip?: boolean
  readonly png?: boolean
  readonly jpeg?: number[]
  readonly seed?: number
  readonly out: string
}

/** `blindspot score`: written examples, or the images of a source, against models. */
export function scoreCommand(): Command {
  const described = withWriting(command('score'))
    .description('show written adversarial examples, or the images of a source, to models')
    .argument(
      '[examples]',
      'data set with a table examples, a folder of it, a Parquet file, or - for an Arrow stream on standard input',
    )
    .option('--data <source>', 'in place of examples: clean images, such as imagenet:PATH')
    .requiredOption('--models <model...>', 'folders with model.json, or those files')
    .option(
      '--noise <sigma...>',
      'also the same images under Gaussian noise of these standard deviations',
      numbers({ zero: true, most: LARGEST_PERTURBATION }),
    )
    .option(
      '--amplify <rms>',
      'also the perturbations rescaled to this RMS',
      number({ most: LARGEST_PERTURBATION }),
    )
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
    .option('--limit <n>', 'only the first so many examples of each run, or images', whole(1))
    .option('--seed <n>', 'of the noise (default: 1)', whole(0))
    .requiredOption(
      '--out <dir>',
      'data set to write or go on with: table scores; -: its rows as an Arrow stream on standard output',
      folderOrWire,
    )
    .action(act)
  return withTableFormat(withPreprocess(described))
}

async function act(examples: string | undefined, given: Options): Promise<void> {
  const { tableText } = await import('../../sinks/table/text.js')
  const { askData } = await import('../tables/askData.js')
  const { scoreLines, scoresTable } = await import('../tables/scores.js')
  const { survivalTable } = await import('../tables/survival.js')
  const { performInto } = await import('./performInto.js')
  const { progressBar } = await import('./progressBar.js')
  const { warnUnreadable } = await import('./warnUnreadable.js')
  const { modelReference } = await import('../../operators/tensor/modelReference.js')
  const { examplesPath, readInput } = await import('./input.js')
  if (given.seed !== undefined && given.noise === undefined)
    throw new BlindspotError('bad-option', '--seed: is of noise, and there is none; give --noise, too')
  await takeBackend(given)
  const bar = progressBar({ silent: given.json })
  try {
    await readInput(given.data)
    const path = examples && (await examplesPath(examples))
    const asked = await scoringOf(path, given)
    const models = await modelsOnce(given.models, given)
    const options = { ...given, models }
    const steps = models.length === given.models.length ? asked : await scoringOf(path, options)
    const victims = await Promise.all(
      options.models.map(async (path) => modelReference(await localFolder(path), preprocessOf(options))),
    )
    const { backend, limit } = options
    const effort = {
      backend,
      limit,
      signal: interrupt.signal,
      onProgress: bar.onProgress,
      ...writingOf(options),
    }
    if (options.out === WIRE) {
      const { streamAndTell } = await import('./wire.js')
      await streamAndTell(options, 'scores', steps, effort, bar)
      return
    }
    const { lake, performed } = await performInto(options.out, steps, effort)
    const written = [...new Set(performed.flatMap(({ files }) => files.map(({ path }) => path)))]
    const of = { runs: performed.map(({ run }) => run), models: victims.map(({ name }) => name) }
    const lines = await askData(lake, (database) => scoreLines(database, of), { tables: ['scores'] })
    bar.stop()
    const { columns: width } = process.stdout
    const tables = [scoresTable(lines, of), ...(options.png || options.jpeg ? [survivalTable(lines)] : [])]
    warnUnreadable(lake.folder, performed)
    print(options, lines, ...tables.map((table) => tableText(table, { width })), ...written)
  } finally {
    bar.stop()
  }
}

/**
 * The steps of a scoring: the examples, the same amplified, noise on their images, and the examples stored as files; or of a
 * source its images, clean and under noise.
 *
 * @throws BlindspotError `bad-option` for neither examples nor a source, or both, or what images cannot be
 */
export async function scoringOf(
  path: string | undefined,
  options: Omit<Options, 'out' | 'limit'>,
): Promise<readonly Step<ScoreSpec>[]> {
  const { data, models: paths, noise = [], clip = false, seed = 1 } = options
  const { scoreStep } = await import('../steps/scoreStep.js')
  const models = paths.map((model) => ({ path: absolute(model), ...preprocessOf(options) }))
  const step: MakeStep = (shown, partition) => scoreStep({ models, shown, partition })
  const noisy = (images: Noisy): readonly Step<ScoreSpec>[] =>
    [...new Set(noise)].map((stddev) =>
      step({ kind: 'gaussian', stddev, seed, clip, images }, `gaussian ${stddev}`),
    )
  if (path !== undefined && data === undefined) return examplesSteps(path, options, step, noisy)
  if (path !== undefined || data === undefined)
    throw new BlindspotError(
      'bad-option',
      `score: expected examples or --data, got ${data === undefined ? 'neither' : 'both'}`,
    )
  if (clip && noise.length === 0)
    throw new BlindspotError('bad-option', '--clip: is of noise, and there is none; give --noise, too')
  const given = (['amplify', 'png', 'jpeg'] as const).find((name) => options[name] !== undefined)
  if (given !== undefined)
    throw new BlindspotError('bad-option', `--${given}: is of examples, and --data gives none; leave it out`)
  return [await cleanStep(paths, data, options), ...noisy({ source: data })]
}

type Noisy = Extract<ScoreSpec['shown'], { kind: 'gaussian' }>['images']
type MakeStep = (shown: ScoreSpec['shown'], partition: string) => Step<ScoreSpec>

async function examplesSteps(
  path: string,
  { amplify: size, clip = false, png = false, jpeg = [], noise = [] }: Omit<Options, 'out'>,
  step: MakeStep,
  noisy: (images: Noisy) => readonly Step<ScoreSpec>[],
): Promise<readonly Step<ScoreSpec>[]> {
  if (clip && size === undefined && noise.length === 0)
    throw new BlindspotError(
      'bad-option',
      '--clip: is of noise and amplified perturbations, and there are none; give --noise or --amplify, too',
    )
  const { examplesBelow } = await import('../steps/examplesBelow.js')
  const { examplesNames } = await import('../runs/examplesNames.js')
  const all = await examplesBelow(path)
  const nameOf = await examplesNames(all)
  const ofEach = (shownAs: (examples: (typeof all)[number]) => ScoreSpec['shown'], partition: string) =>
    all.map((examples) => {
      const one = step(shownAs(examples), partition)
      return { ...one, name: `${one.name} ${nameOf(examples)}` }
    })
  return [
    ...ofEach((examples) => ({ kind: 'adversarial', examples }), 'adversarial'),
    ...(size === undefined
      ? []
      : ofEach(
          (examples) => ({ kind: 'amplified', examples, size, norm: 'rms', clip }),
          `amplified ${size}`,
        )),
    ...noisy({ originals: all }),
    ...(png ? ofEach((examples) => ({ kind: 'png', examples }), 'png') : []),
    ...[...new Set(jpeg)].flatMap((quality) =>
      ofEach((examples) => ({ kind: 'jpeg', quality, examples }), `jpeg ${quality}`),
    ),
  ]
}
