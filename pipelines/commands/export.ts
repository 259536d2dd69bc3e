import { Command, InvalidArgumentError, Option } from 'commander'
import { BlindspotError } from '../../operators/errors.js'
import { folder, interrupt, print, unkept, whole, type CommonOptions } from './command.js'

interface Options extends Pick<CommonOptions, 'json'> {
  readonly png?: boolean
  readonly npy?: boolean
  readonly limit?: number
  readonly where?: readonly (readonly [column: string, value: string])[]
  readonly out: string
}

/** `blindspot export`: examples as pictures or arrays. */
export function exportCommand(): Command {
  return new Command('export')
    .description(
      'the adversarial examples of a data set as PNG files, or as arrays that numpy.load opens, with an index as CSV',
    )
    .argument('<dir>', 'data set with a table examples', folder)
    .addOption(
      new Option(
        '--png',
        'RUN/MODEL/INDEX-TARGET-{original,adversarial,difference}.png, rounded to 8 bits, after which not all fool',
      ).conflicts('npy'),
    )
    .option(
      '--npy',
      'original.npy, adversarial.npy, label.npy, target.npy, …: bit for bit as they are stored',
    )
    .option('--limit <n>', 'only the first so many examples', whole(1))
    .option(
      '--where <column=value>',
      'only those with this value, as source_model=FC10 or run=5f2c…; several times for several columns',
      condition,
    )
    .requiredOption('--out <dir>', 'folder of the files, new or empty', folder)
    .option('--json', 'print the result as JSON, and no progress')
    .action(act)
}

async function act(dir: string, options: Options): Promise<void> {
  const { png = false, npy = false, limit, where, out } = options
  if (png === npy) throw new BlindspotError('bad-option', 'expected --png or --npy: what the files are')
  const { openLake } = await import('../../sinks/lake/openLake.js')
  const { exportExamples } = await import('../export/exportExamples.js')
  const { conditionOf } = await import('../../sources/storedOptions.js')
  const { many } = await import('../tables/words.js')
  const { progressBar } = await import('./progressBar.js')
  const { countedProgress } = await import('../countedProgress.js')
  const lake = await openLake(dir, { readOnly: true })
  const bar = progressBar({ silent: options.json })
  const progress = countedProgress('export', 'examples', bar.onProgress)
  try {
    const exported = await unkept(`nothing is left in ${out}; the same call begins anew`, () =>
      exportExamples(lake, out, {
        ...{ as: png ? 'png' : 'npy', limit, signal: interrupt.signal, onRows: progress.onCount },
        ...(where && {
          where: Object.fromEntries(where.map(([column, value]) => [column, conditionOf(value)])),
        }),
      }),
    )
    progress.end('complete')
    bar.stop()
    const { examples, files, index } = exported
    print(options, exported, `${many(examples, 'example')} in ${many(files, 'file')}; ${index}`)
  } finally {
    bar.stop()
  }
}

/** A column and its value. */
function condition(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const at = text.indexOf('=')
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError('expected COLUMN=VALUE, as source_model=FC10')
  return [...before, [text.slice(0, at), text.slice(at + 1)]]
}
