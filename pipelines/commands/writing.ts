import { Option, type Command } from 'commander'
import { COMPRESSIONS, type CompressionName } from '../../sinks/compressions.js'
import type { Effort } from '../steps/stepKind.js'
import { whole } from './command.js'

/** Options of commands that write a data set: how rows lie in their files, which are the same rows. */
export interface WritingOptions {
  readonly compression?: CompressionName
  readonly rowGroupSize?: number
}

/** A command with the options that say how rows lie in their files. */
export const withWriting = (command: Command): Command =>
  command
    .addOption(
      new Option('--compression <codec>', 'of the files written (default: zstd)').choices(COMPRESSIONS),
    )
    .option('--row-group-size <n>', 'rows of a row group at most (default: 131072, and 16 MiB)', whole(1))

/** What they say, as a part of an effort. */
export const writingOf = ({ compression, rowGroupSize }: WritingOptions): Pick<Effort, 'writing'> => ({
  writing: { ...(compression && { compression }), ...(rowGroupSize !== undefined && { rowGroupSize }) },
})
