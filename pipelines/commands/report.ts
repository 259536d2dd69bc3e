import { Command, InvalidArgumentError } from 'commander'
import { printable } from '../../operators/errors.js'
import { folder, interrupt, print, unkept } from './command.js'

interface Options {
  readonly out?: string
  readonly figures?: string
  readonly json?: boolean
}

/** `blindspot report`: the page of a data set. */
export function reportCommand(): Command {
  return new Command('report')
    .description('one HTML page of a data set: tables beside the paper’s, images, plots, provenance')
    .argument('<dir>', 'data set, as paper, attack or score writes it', folder)
    .option('--out <file>', 'the page (default: report.html in the data set)', file)
    .option('--figures <folder>', 'also the plots as SVG files', folder)
    .option('--json', 'print the result as JSON')
    .action(act)
}

async function act(dir: string, options: Options): Promise<void> {
  const { report } = await import('../report/report.js')
  const began = performance.now()
  const result = await unkept('no page was written; the same call makes it anew', () =>
    report(dir, { out: options.out, figures: options.figures, signal: interrupt.signal }),
  )
  const seconds = (performance.now() - began) / 1000
  const lines = [
    ...[...Object.values(result.verdicts), ...result.missing.map((line) => `missing: ${line}`)].map((line) =>
      printable(line),
    ),
    ...(result.figures.length > 0 ? [`figures ${result.figures.join(' ')}`] : []),
    `${result.file}, ${(result.bytes / 1e6).toFixed(2)} MB, ${seconds.toFixed(1)} s`,
  ]
  print(options, { ...result, seconds: Number(seconds.toFixed(3)) }, ...lines)
}

function file(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('expected a file')
}
