import type { Command } from 'commander'
import type { Classifier } from '../../operators/classifier.js'
import { warn } from '../../operators/errors.js'
import { command, folder, interrupt, print, unkept, type CommonOptions } from './command.js'

interface Options extends CommonOptions {
  readonly models?: readonly string[]
}

/** `blindspot verify`: whether a data set is what its commits say. */
export function verifyCommand(): Command {
  return command('verify', { json: 'print what was looked at, and each fault, as JSON, a line' })
    .description(
      'look through a data set: every committed file there and whole, its rows, columns and statistics those of its table, no row twice, the numbers of examples those of their images; it changes nothing',
    )
    .argument('<dir>', 'data set, as paper, attack or score writes it', folder)
    .option('--models <model...>', 'folders with model.json: examples made for them are shown to them again')
    .action(act)
}

async function act(dir: string, options: Options): Promise<void> {
  const { openLake } = await import('../../sinks/lake/openLake.js')
  const { verifyDataSet } = await import('../verify/verify.js')
  const { faultText } = await import('../verify/fault.js')
  const { count, many } = await import('../tables/words.js')
  const { progressBar } = await import('./progressBar.js')
  const lake = await openLake(dir, { readOnly: true })
  const models = await loaded(options)
  const bar = progressBar({ silent: options.json })
  try {
    const { faults, ...looked } = await unkept(
      'the data set is as it was; the same call looks through it anew',
      () => verifyDataSet(lake, { models, signal: interrupt.signal, onProgress: bar.onProgress }),
    )
    bar.stop()
    const made = new Set((await lake.files({ table: 'examples' })).map(({ metadata }) => metadata['weights']))
    const [seen, unseen] = [true, false].map((is) => models.filter((one) => made.has(one.weightsHash) === is))
    for (const { name } of unseen)
      warn(`${lake.folder} has no examples that were made for ${name}, so that none are shown to it`)
    const { files, rows, bytes, recomputed, shownAgain } = looked
    print(
      options,
      { folder: lake.folder, ...looked, faults },
      ...faults.map((fault) => faultText(lake.folder, fault)),
      `${lake.folder}: ${many(files, 'file')}, ${many(rows, 'row')}, ${(bytes / 1e6).toFixed(1)} MB: ` +
        (faults.length === 0 ? 'all as committed' : many(faults.length, 'fault')) +
        (recomputed === 0 ? '' : `; numbers of ${many(recomputed, 'row')} of examples computed again`) +
        (models.length === 0
          ? ''
          : `, ${count(shownAgain)} shown again${seen.length === 0 ? '' : ` to ${seen.map(({ name }) => name).join(', ')}`}`),
    )
    if (faults.length > 0) process.exitCode = 1
  } finally {
    bar.stop()
    for (const model of models) model.dispose()
  }
}

type Loaded = Classifier & { dispose(): void }

async function loaded(options: Options): Promise<readonly Loaded[]> {
  const { models = [] } = options
  if (models.length === 0) return []
  const { takeBackend } = await import('./command.js')
  const { loadClassifier } = await import('../../operators/tensor/loadClassifier.js')
  const { localFolder } = await import('../../sources/objects/localFolder.js')
  await takeBackend(options)
  const all: Loaded[] = []
  for (const path of models) all.push(await loadClassifier(await localFolder(path)))
  return all
}
