import type { Command } from 'commander'
import type { Evaluation } from '../evaluation.js'
import { cleanStep } from './cleanStep.js'
import {
  command,
  folderOrWire,
  interrupt,
  print,
  takeBackend,
  unkept,
  whole,
  WIRE,
  type CommonOptions,
} from './command.js'
import { modelsOnce } from './modelsOnce.js'
import { preprocessOf, withPreprocess, type PreprocessOptions } from './preprocess.js'
import { withTableFormat } from './tableFormat.js'
import type { ProgressBar } from './progressBar.js'
import { localFolder } from '../../sources/objects/localFolder.js'
import { withWriting, writingOf, type WritingOptions } from './writing.js'

interface Options extends CommonOptions, WritingOptions, PreprocessOptions {
  readonly data: string
  readonly limit?: number
  readonly out?: string
}

/** `blindspot evaluate`: error rates. */
export function evaluateCommand(): Command {
  const described = withWriting(command('evaluate'))
    .description('error rates of models')
    .argument('<models...>', 'folders with model.json, or those files')
    .requiredOption('--data <source>', 'such as mnist:test')
    .option('--limit <n>', 'only the first so many images', whole(1))
    .option(
      '--out <dir>',
      'data set to write or go on with: table scores, a row per image and model; -: its rows as an Arrow stream on standard output',
      folderOrWire,
    )
    .action(act)
  return withTableFormat(withPreprocess(described))
}

async function act(models: readonly string[], options: Options): Promise<void> {
  const { tableText } = await import('../../sinks/table/text.js')
  const { evaluationsTable } = await import('../tables/evaluations.js')
  const { progressBar } = await import('./progressBar.js')
  const { readInput } = await import('./input.js')
  const { parseSource } = await import('../../sources/source.js')
  await takeBackend(options)
  const bar = progressBar({ silent: options.json })
  try {
    await readInput(options.data)
    // a text that names no source is said before a model is read
    parseSource(options.data)
    const paths = await modelsOnce(models, options, options.out !== undefined)
    if (options.out === WIRE) {
      await streamed(paths, options, bar)
      return
    }
    const { rows, files } = await (options.out === undefined
      ? evaluated(paths, options, bar)
      : evaluatedInto(options.out, paths, options, bar))
    const { columns: width } = process.stdout
    print(options, rows, tableText(evaluationsTable(options.data, rows), { width }), ...files)
  } finally {
    bar.stop()
  }
}

/** The rows of `scores` to standard output, in place of error rates. */
async function streamed(paths: readonly string[], options: Options, bar: ProgressBar): Promise<void> {
  const { streamAndTell } = await import('./wire.js')
  const { data, limit, backend } = options
  const effort = { limit, backend, signal: interrupt.signal, onProgress: bar.onProgress }
  await streamAndTell(options, 'scores', [await cleanStep(paths, data, options)], effort, bar)
}

interface Evaluated {
  readonly rows: readonly Evaluation[]
  readonly files: readonly string[]
}

async function evaluated(paths: readonly string[], options: Options, bar: ProgressBar): Promise<Evaluated> {
  const { evaluateModels } = await import('../evaluateModels.js')
  const { sayUnreadable } = await import('./warnUnreadable.js')
  const { data, limit, backend } = options
  const rows = await unkept('nothing of it is kept without --out DIR; the same call begins anew', () =>
    evaluateModels(
      paths,
      { data, limit, backend, ...preprocessOf(options), onProgress: bar.onProgress },
      interrupt.signal,
    ),
  )
  bar.stop()
  const unreadable = Math.max(...rows.map((row) => row.unreadable))
  if (unreadable > 0) sayUnreadable(unreadable, 'with --out DIR its table errors says which, and why')
  return { rows, files: [] }
}

/** The same from the rows of a data set, which a later call goes on after. */
async function evaluatedInto(
  out: string,
  paths: readonly string[],
  { data, limit, backend, ...options }: Options,
  bar: ProgressBar,
): Promise<Evaluated> {
  const { modelReference } = await import('../../operators/tensor/modelReference.js')
  const { askData } = await import('../tables/askData.js')
  const { scoreLines } = await import('../tables/scores.js')
  const { proportion } = await import('../tables/statistics.js')
  const { performInto } = await import('./performInto.js')
  const { warnUnreadable } = await import('./warnUnreadable.js')
  const models = await Promise.all(
    paths.map(async (path) => ({
      path,
      name: (await modelReference(await localFolder(path), preprocessOf(options))).name,
    })),
  )
  const step = await cleanStep(paths, data, options)
  const effort = {
    ...{ limit, backend, signal: interrupt.signal, onProgress: bar.onProgress },
    ...writingOf(options),
  }
  const { lake, performed } = await performInto(out, [step], effort)
  const of = { runs: performed.map(({ run }) => run), models: models.map(({ name }) => name) }
  const lines = await askData(lake, (database) => scoreLines(database, of), { tables: ['scores'] })
  bar.stop()
  const unreadable = warnUnreadable(lake.folder, performed)
  const rows = models.map(({ path, name }): Evaluation => {
    const { rows: images = 0, errors = 0 } = lines.find(({ model }) => model === name) ?? {}
    return { model: name, path, images, errors, unreadable, error: proportion(errors, images) }
  })
  return { rows, files: performed.flatMap((one) => one.files.map((file) => file.path)) }
}
