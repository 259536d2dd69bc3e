import type { CompressionName } from '../compressions.js'
import { readFooter, type ParquetFooter } from '../../sources/parquetFooter.js'
import { provenanceOf } from '../../sources/parquetProvenance.js'
import type { ManifestFile } from './committed.js'
import type { Home } from './home.js'

/** Files of a step that can become one. */
export interface Compaction {
  /** In the order of their rows. */
  readonly files: readonly ManifestFile[]
  readonly rows: number
  /** What is noted beside the new file, and in its footer. */
  readonly metadata: Readonly<Record<string, unknown>>
  readonly provenance: Readonly<Record<string, unknown>>
  readonly compression: CompressionName
}

/** Footers that are read at once. */
const AT_ONCE = 16

/** Which files of a data set become one: neighbours of the same step and folder, whose columns and notes allow it. */
export async function compactionsOf(
  home: Home,
  files: readonly ManifestFile[],
  fileBytes: number,
  combine: (files: readonly ManifestFile[]) => Readonly<Record<string, unknown>> | undefined,
): Promise<readonly Compaction[]> {
  const groups = new Map<string, ManifestFile[]>()
  for (const file of files) {
    const key = JSON.stringify([file.table, file.partition, file.step])
    groups.set(key, [...(groups.get(key) ?? []), file])
  }
  const all: Compaction[] = []
  for (const group of groups.values()) {
    if (group.length < 2) continue
    const told = await toldOf(
      home,
      [...group].sort((a, b) => a.part - b.part),
    )
    for (const some of runsOf(told, fileBytes, combine)) {
      const own = some.map(({ file }) => file)
      const metadata = combine(own)
      if (metadata === undefined || own.length < 2) continue
      const rows = own.reduce((sum, file) => sum + file.rows, 0)
      all.push({
        files: own,
        rows,
        metadata,
        provenance: provenanceIn(some),
        compression: some[0].compression,
      })
    }
  }
  return all
}

/** A file and what its footer tells. */
interface Told {
  readonly file: ManifestFile
  /** Columns and keys: files of other ones cannot be one. */
  readonly signature: string
  readonly provenance: Readonly<Record<string, unknown>>
  readonly compression: CompressionName
}

async function toldOf(home: Home, files: readonly ManifestFile[]): Promise<readonly Told[]> {
  const all: Told[] = []
  for (let from = 0; from < files.length; from += AT_ONCE)
    all.push(...(await Promise.all(files.slice(from, from + AT_ONCE).map((file) => told(home, file)))))
  return all
}

async function told({ store }: Home, file: ManifestFile): Promise<Told> {
  const open = await store.open(file.file)
  try {
    const footer = await readFooter(open)
    const own = new Set(['blindspot', 'blindspot.sorted', 'ARROW:schema'])
    const keys = [...footer.keyValues].filter(([key]) => !own.has(key))
    const columns = footer
      .described()
      .map(({ name, required, elementRequired, id, elementId }) => [
        name,
        required,
        elementRequired,
        id,
        elementId,
      ])
    return {
      file,
      signature: JSON.stringify([footer.types, columns, keys.sort()]),
      provenance: provenanceOf(footer.keyValues, file.file),
      compression: compressionOf(footer),
    }
  } finally {
    await open.close()
  }
}

const compressionOf = ({ codec }: ParquetFooter): CompressionName =>
  codec === 'SNAPPY' ? 'snappy' : codec === 'UNCOMPRESSED' ? 'none' : 'zstd'

/** Neighbours that are alike, of so many bytes together at most. */
function runsOf(
  told: readonly Told[],
  fileBytes: number,
  combine: (files: readonly ManifestFile[]) => unknown,
): readonly (readonly Told[])[] {
  const runs: Told[][] = []
  let bytes = 0
  for (const one of told) {
    const run = runs.at(-1)
    const isAlike =
      run !== undefined &&
      run[0].signature === one.signature &&
      bytes + one.file.bytes <= fileBytes &&
      combine([run[0].file, one.file]) !== undefined
    if (isAlike) run.push(one)
    else runs.push([one])
    bytes = isAlike ? bytes + one.file.bytes : one.file.bytes
  }
  return runs
}

/** Where the rows of several files come from: what the first says, and what others say otherwise. */
function provenanceIn(told: readonly Told[]): Readonly<Record<string, unknown>> {
  const [{ provenance: first }] = told
  const others = new Set<string>()
  for (const { provenance } of told) {
    const differing = Object.entries(provenance).filter(
      ([key, value]) => JSON.stringify(value) !== JSON.stringify(first[key]),
    )
    if (differing.length > 0) others.add(JSON.stringify(Object.fromEntries(differing)))
  }
  return {
    ...first,
    compacted: {
      files: told.length,
      ...(others.size > 0 && { also: [...others].map((text) => JSON.parse(text) as unknown) }),
    },
  }
}
