import { Command, InvalidArgumentError } from 'commander'
import { folder, interrupt, number, print, type CommonOptions } from './command.js'
import { say } from './outputs.js'
import { withWriting, writingOf, type WritingOptions } from './writing.js'

interface Options extends Pick<CommonOptions, 'json'>, WritingOptions {
  readonly size?: number
  readonly grace: number
}

/** `blindspot compact`: few files of many small ones. */
export function compactCommand(): Command {
  return withWriting(new Command('compact'), () => true)
    .description(
      'make few Parquet files of the many small ones that steps have committed: the same rows in the same order; steps go on after them as before',
    )
    .argument('<dir>', 'data set, while no step is at work in it', folder)
    .option('--size <size>', 'of a file at most, about, as 64MB or 1GB (default: 128MB)', size)
    .option(
      '--grace <seconds>',
      'after the last commit the small files stay so long, for readers that have begun',
      number({ zero: true }),
      10,
    )
    .option('--json', 'print the files that were made as JSON, a line each, then how many, and no progress')
    .action(act)
}

async function act(dir: string, options: Options): Promise<void> {
  const { compactDataSet } = await import('../compact.js')
  const { many } = await import('../tables/words.js')
  const { progressBar } = await import('./progressBar.js')
  const { openLake } = await import('../../sinks/lake/openLake.js')
  // a data set, not a new folder
  const { folder: place } = await openLake(dir, { readOnly: true })
  const bar = progressBar({ silent: options.json })
  try {
    const made = await compactDataSet(place, {
      ...{ fileBytes: options.size, grace: options.grace * 1000 },
      ...{ ...writingOf(options), signal: interrupt.signal, onProgress: bar.onProgress },
      onGrace: (milliseconds, files) => {
        bar.stop()
        if (!options.json) void say(graceText(milliseconds / 1000, files))
      },
    })
    bar.stop()
    const files = made.reduce((sum, one) => sum + one.files, 0)
    print(
      options,
      [...made, { folder: place, files: made.length, replaced: files }],
      ...made.map(
        ({ file, files: n, rows, bytes, before }) =>
          `${file}: ${many(rows, 'row')} of ${many(n, 'file')}, ${megabytes(before)} to ${megabytes(bytes)} MB`,
      ),
      made.length === 0
        ? `${place}: no step has several small files in one folder; nothing to do`
        : `${place}: ${many(files, 'file')} became ${many(made.length, 'file')}`,
    )
  } finally {
    bar.stop()
  }
}

const graceText = (seconds: number, files: number): string =>
  `compact: ${files} small files stay ${seconds} s for readers that have begun; Ctrl-C removes them now`

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)

const UNITS = { '': 1, K: 1e3, M: 1e6, G: 1e9 }

/** A number of bytes. */
function size(text: string): number {
  const [, value, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([KMG])?B?\s*$/i.exec(text) ?? []
  const bytes = Number(value) * UNITS[unit.toUpperCase() as keyof typeof UNITS]
  if (bytes >= 1) return bytes
  throw new InvalidArgumentError('expected a size over 0, as 64MB or 1GB')
}
