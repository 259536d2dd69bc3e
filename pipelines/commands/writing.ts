import { Option, type Command } from 'commander'
import { BlindspotError } from '../../operators/errors.js'
import { COMPRESSIONS, type CompressionName } from '../../sinks/compressions.js'
import type { Effort } from '../steps/stepKind.js'
import { whole, WIRE } from './command.js'

/** Options of commands that write a data set: how rows lie in their files, which are the same rows. */
export interface WritingOptions {
  readonly compression?: CompressionName
  readonly rowGroupSize?: number
}

/**
 * A command with the options that say how rows lie in their files.
 *
 * @param hasFiles of the options, whether there are any. Default: where `--out` names a folder
 */
export const withWriting = (
  command: Command,
  hasFiles: (options: { readonly out?: string }) => boolean = ({ out }) => out !== undefined && out !== WIRE,
): Command =>
  command
    .addOption(
      new Option('--compression <codec>', 'of the files written (default: zstd)').choices(COMPRESSIONS),
    )
    .option('--row-group-size <n>', 'rows of a row group at most (default: 131072, and 16 MiB)', whole(1))
    .hook('preAction', (_, action) => {
      const options = action.opts<WritingOptions & { readonly out?: string }>()
      const given = options.compression === undefined ? options.rowGroupSize : options.compression
      if (given === undefined || hasFiles(options)) return
      const name = options.compression === undefined ? '--row-group-size' : '--compression'
      throw new BlindspotError('bad-option', `${name}: is of the files of a data set; give --out DIR, too`)
    })

/** What they say, as a part of an effort. */
export const writingOf = ({ compression, rowGroupSize }: WritingOptions): Pick<Effort, 'writing'> => ({
  writing: { ...(compression && { compression }), ...(rowGroupSize !== undefined && { rowGroupSize }) },
})
