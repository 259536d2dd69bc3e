import { Option, type Command } from 'commander'
import { BlindspotError } from '../../operators/errors.js'
import { WIRE } from './command.js'

interface Options {
  readonly out?: string
  readonly quick?: boolean
  readonly tableFormat?: 'parquet' | 'delta' | 'iceberg'
}

/**
 * A command that writes a data set, with the option that makes it a table of a format, too; once it is one, every command keeps
 * it so.
 *
 * @param outOf the data set's folder, of the options
 */
export function withTableFormat(
  command: Command,
  outOf: (options: Options) => string | undefined = ({ out }) => out,
): Command {
  return command
    .addOption(
      new Option(
        '--table-format <format>',
        'of the data set: Parquet files in folders of their keys, or with the metadata of Delta Lake or Iceberg beside them, then and from then on',
      )
        .choices(['parquet', 'delta', 'iceberg'])
        .default('parquet'),
    )
    .hook('preAction', (_, action) => {
      const options = action.opts<Options>()
      if (options.tableFormat !== 'parquet' && [undefined, WIRE].includes(outOf(options)))
        throw new BlindspotError(
          'bad-option',
          '--table-format: is of the data set that --out names; give both',
        )
    })
    .hook('postAction', async (_, action) => {
      const options = action.opts<Options>()
      const [out, { tableFormat = 'parquet' }] = [outOf(options), options]
      if (tableFormat === 'parquet' || out === undefined) return
      const { publishTables } = await import('../../sinks/lake/formats/publishTables.js')
      await publishTables(out, [tableFormat])
    })
}
