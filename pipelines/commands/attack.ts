import { Option, type Command } from 'commander'
import { BlindspotError } from '../../operators/errors.js'
import { USUAL_SEED } from '../../operators/engine/attackOptions.js'
import { PENALTIES, type PenaltyName } from '../../operators/minimize/penalty.js'
import {
  METHODS,
  PAYLOADS,
  PLAIN_GOALS,
  REASONS,
  STATUSES,
  type Method,
  type Payload,
  type PlainGoal,
} from '../../operators/records/codes.js'
import { absolute } from '../../sources/place.js'
import { requireMethod, usualGoal } from '../steps/attackMethod.js'
import type { AttackSpec } from '../steps/attackSpec.js'
import type { Effort, Step } from '../steps/stepKind.js'
import { command, folderOrWire, interrupt, whole, WIRE, type CommonOptions } from './command.js'
import type { ProgressBar } from './progressBar.js'
import { modelsOnce } from './modelsOnce.js'
import { seeds as seedsIn } from './seeds.js'
import { withTableFormat } from './tableFormat.js'
import { preprocessOf, withPreprocess, type PreprocessOptions } from './preprocess.js'
import { withWriting, writingOf, type WritingOptions } from './writing.js'

interface Options extends CommonOptions, WritingOptions, PreprocessOptions {
  readonly data: string
  readonly method: Method
  readonly goal?: PlainGoal
  readonly target?: number
  readonly cases?: string
  readonly name?: string
  readonly limit?: number
  readonly seed?: number
  readonly seeds?: readonly number[]
  readonly batchSize: number
  readonly penalty?: PenaltyName
  readonly maxEvaluations?: number
  readonly iterations?: number
  readonly workers?: number
  readonly payload: Payload
  readonly out: string
}

/** `blindspot attack`: the smallest perturbations, by box-constrained L-BFGS or another method. */
export function attackCommand(): Command {
  const described = withWriting(command('attack'))
    .description(
      'the smallest perturbations that models take for a wrong class: box-constrained L-BFGS, or another method',
    )
    .argument('<models...>', 'folders with model.json, or those files; each is attacked by itself')
    .requiredOption('--data <source>', 'such as mnist:test')
    .addOption(
      new Option('--method <method>', 'how they are looked for; deepfool is untargeted')
        .choices(METHODS)
        .default('l-bfgs'),
    )
    .addOption(
      new Option('--goal <goal>', 'which wrong class (default: "random", of deepfool "untargeted")').choices(
        PLAIN_GOALS,
      ),
    )
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
    .option('--name <name>', 'what the one model is called in the data set (default: its own, or its folder)')
    .option('--limit <n>', 'only the first so many images, or cases', whole(1))
    .option('--seed <n>', 'of the random targets (default: 1)', whole(0))
    .addOption(
      new Option('--seeds <seeds>', 'several, such as 1..5 or 1,3,7: an attack each')
        .argParser(seedsIn)
        .conflicts('seed'),
    )
    .option('--batch-size <n>', 'searches evaluated together; changes speed, not results', whole(1), 256)
    .option('--workers <n>', 'threads; 0: none beside the main one (default: one per core)', whole(0))
    .addOption(
      new Option(
        '--penalty <length>',
        'of l-bfgs, of the perturbation: squared, c‖r‖², or norm, c‖r‖ (default: "squared")',
      ).choices(PENALTIES),
    )
    .option(
      '--max-evaluations <n>',
      'of l-bfgs: forward-backward passes per search at most (default: 1000)',
      whole(1),
    )
    .option(
      '--iterations <n>',
      'of deepfool at most (default: 50), of ddn all taken (default: 100)',
      whole(1),
    )
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
  return withTableFormat(withPreprocess(described))
}

async function act(models: readonly string[], options: Options): Promise<void> {
  // what does not go together, and a place that is none, is said before anything is read
  specsOf(models, options)
  if (options.out !== WIRE) absolute(options.out)
  const { attackThreads, defaultWorkers } = await import('../../operators/engine/threads.js')
  const { workers = defaultWorkers(), backend } = options
  // they load TensorFlow while this thread loads the rest
  attackThreads(workers, backend)
  const { attackStep } = await import('../steps/attackStep.js')
  const { performInto } = await import('./performInto.js')
  const { progressBar } = await import('./progressBar.js')
  const { readInput } = await import('./input.js')
  const { data, cases, limit, seeds = [], batchSize, out } = options
  await readInput(data)
  const specs = specsOf(await modelsOnce(models, options), options)
  const steps = specs.map((spec) => {
    const step = attackStep(spec)
    return { ...step, name: seeds.length > 1 ? `${step.name} seed=${String(spec.seed)}` : step.name }
  })
  const bar = progressBar({ silent: options.json })
  try {
    const effort = {
      ...{ workers, batchSize, backend, signal: interrupt.signal, onProgress: bar.onProgress },
      ...(cases === undefined && { limit }),
      ...writingOf(options),
    }
    if (out === WIRE) {
      await streamed(options, steps, effort, bar)
      return
    }
    const made = await performInto(out, steps, effort)
    const { attackResults, printAttacks } = await import('./attackResults.js')
    const results = await attackResults(specs, made, cases === undefined ? limit : undefined)
    bar.stop()
    await printAttacks(options, results, made)
  } finally {
    bar.stop()
  }
}

/**
 * The attacks that are asked for: of each model one for each seed.
 *
 * @throws BlindspotError `bad-option`, before anything is loaded, for what does not go together
 */
function specsOf(paths: readonly string[], options: Options): readonly AttackSpec[] {
  const { method, goal, target, cases, name, limit, seed, seeds, penalty, maxEvaluations, iterations } =
    options
  const by = { method, ...{ penalty, maxEvaluations, iterations } }
  requireMethod({ ...by, goal, target, cases }, flagOf)
  const models = [...new Set(paths.map(absolute))]
  if (name !== undefined && models.length > 1)
    throw new BlindspotError(
      'bad-option',
      `--name: expected one model, which is called ${name}, got ${models.length}; attack that one by itself`,
    )
  const isDrawn = target === undefined && cases === undefined && (goal ?? usualGoal(method)) === 'random'
  const given = seeds === undefined ? '--seed' : '--seeds'
  if ((seeds ?? seed) !== undefined && !isDrawn)
    throw new BlindspotError(
      'bad-option',
      `${given}: expected --goal random, whose targets are drawn, got ${target !== undefined ? '--target' : cases !== undefined ? '--cases' : `${method}, ${goal ?? usualGoal(method)}`}: its rows are the same whatever the seed`,
    )
  const aim =
    cases !== undefined
      ? { cases: absolute(cases), ...(limit !== undefined && { firstCases: limit }) }
      : target !== undefined
        ? { target }
        : { goal: goal ?? usualGoal(method) }
  return models.flatMap((path) =>
    (seeds ?? [seed ?? USUAL_SEED]).map((own) => ({
      model: { path, ...(name !== undefined && { name }), ...preprocessOf(options) },
      images: { source: options.data },
      ...{ ...aim, ...by, seed: own, payload: options.payload },
    })),
  )
}

/** An option as the command line has it. */
const flagOf = (option: string) => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** The same with the rows on standard output; of them their numbers alone are told. */
async function streamed(
  options: Options,
  steps: readonly Step[],
  effort: Effort,
  bar: ProgressBar,
): Promise<void> {
  const { streamRows, told } = await import('./wire.js')
  const { warnOfNonFinite } = await import('./attackResults.js')
  const of = { success: 0, failed: 0, skipped: 0 }
  let nonFinite = 0
  const result = await streamRows('examples', steps, effort, ({ status, reason }) => {
    for (const code of status) of[STATUSES[code]]++
    for (const code of reason) nonFinite += Number(REASONS[code] === 'non-finite')
  })
  bar.stop()
  warnOfNonFinite({ ...of, nonFinite })
  told(options, 'examples', { ...result, ...of, nonFinite })
}
