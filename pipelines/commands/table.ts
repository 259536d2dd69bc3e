import { Command, Option } from 'commander'
import type { PublishedTable, TableFormatName } from '../../sinks/lake/formats/publishTables.js'
import { folder, print } from './command.js'

interface Options {
  readonly format: TableFormatName
  readonly json?: boolean
}

/** `blindspot table`: a data set as tables of a format that other programs know. */
export function tableCommand(): Command {
  return new Command('table')
    .description(
      'write the metadata of Delta Lake or Iceberg beside the files of a data set, or bring them up to date; the files stay as they are',
    )
    .argument('<dir>', 'data set, as paper, attack or score writes it', folder)
    .addOption(
      new Option('--format <format>', 'of the tables').choices(['delta', 'iceberg']).makeOptionMandatory(),
    )
    .option('--json', 'print the tables as JSON, a line each')
    .action(act)
}

async function act(dir: string, options: Options): Promise<void> {
  const { publishTables } = await import('../../sinks/lake/formats/publishTables.js')
  const { count, many } = await import('../tables/words.js')
  const tables = await publishTables(dir, [options.format])
  const lines = tables.map(
    ({ table, files, rows, written, commit }) =>
      `${table}: ${many(rows, 'row')} in ${many(files, 'file')}, as of commit ${count(commit)}; ${many(written, 'version')} written`,
  )
  const nothing = tables.length > 0 ? [] : [`${dir} has no tables yet: run this again when it has`]
  print(options, tables, ...lines, ...nothing, ...tables.slice(0, 1).map(howToRead))
}

const howToRead = ({ format, place }: PublishedTable): string =>
  format === 'delta'
    ? `read by delta_scan('${place}') in DuckDB, deltalake.DeltaTable('${place}') or polars.scan_delta('${place}')`
    : `read by iceberg_scan('${place}') in DuckDB or pyiceberg's StaticTable.from_metadata('${place}')`
