import { BlindspotError } from '../../../operators/errors.js'
import type { ParquetColumn } from '../../../sources/parquetColumns.js'
import type { OpenFile } from '../../../sources/openFile.js'
import { columnsWithNaN } from '../../../sources/parquetNaN.js'
import { readFooter } from '../../../sources/parquetFooter.js'
import type { Store } from '../../../sources/store.js'
import type { ManifestFile } from '../manifestSchema.js'

/** A file of a table as its formats tell of it. */
export interface DataFile extends Pick<ManifestFile, 'file' | 'partition' | 'rows' | 'bytes' | 'committed'> {
  /** The columns with their statistics; undefined of a file that was replaced since, and is gone. */
  readonly columns: readonly ParquetColumn[] | undefined
}

/** Footers that are read at once. */
const AT_ONCE = 16

/** Reads the footers of a table's files. */
export async function dataFiles(store: Store, files: readonly ManifestFile[]): Promise<readonly DataFile[]> {
  const found: DataFile[] = []
  for (let from = 0; from < files.length; from += AT_ONCE)
    found.push(...(await Promise.all(files.slice(from, from + AT_ONCE).map((file) => dataFile(store, file)))))
  return found
}

async function dataFile(store: Store, one: ManifestFile): Promise<DataFile> {
  const { file, partition, rows, bytes, committed } = one
  return { file, partition, rows, bytes, committed, columns: await columnsOf(store, one) }
}

async function columnsOf(store: Store, { file, bytes }: ManifestFile): Promise<DataFile['columns']> {
  const there = async () => (await store.stat(file))?.size === bytes
  if (!(await there())) return undefined
  try {
    const open = await store.open(file)
    try {
      return await certain(open, (await readFooter(open)).described())
    } finally {
      await open.close()
    }
  } catch (error) {
    // it was replaced meanwhile
    if (!(await there())) return undefined
    if (error instanceof BlindspotError) throw error
    throw new BlindspotError(
      'bad-data',
      `${store.place(file)}: its footer is corrupt (${(error as Error).message}); write the file again`,
      { cause: error },
    )
  }
}

/** Without bounds where a value is NaN, which some readers take for larger than all: they would leave the file out. */
async function certain(file: OpenFile, columns: readonly ParquetColumn[]): Promise<readonly ParquetColumn[]> {
  const floating = columns.filter(({ bounds }) => bounds?.type.startsWith('float')).map(({ name }) => name)
  const without = await columnsWithNaN(file, floating)
  return columns.map((column) => (without.has(column.name) ? { ...column, bounds: undefined } : column))
}
