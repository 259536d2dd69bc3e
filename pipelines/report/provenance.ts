import { BlindspotError } from '../../operators/errors.js'
import type { Fact } from '../../sinks/report/content.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import { parquetMetadata } from '../../sources/parquet.js'

/** What the footers of a data set say of how it was made. */
export interface Origin {
  readonly facts: readonly Fact[]
  /** Seed of the noise. */
  readonly seed: number
  /** Seed in whose order `paper` took its images; none of another data set. */
  readonly order: number | undefined
  readonly quick: boolean
}

/** Names in the footers, and how the page says them. */
const NAMES: Readonly<Record<string, string>> = {
  command: 'made by',
  images: 'images',
  blindspot: 'blindspot',
  commit: 'commit',
  seed: 'seed',
  backend: 'backend',
  tensorflow: 'TensorFlow',
  tfjs: 'TensorFlow.js',
  node: 'Node',
  platform: 'platform',
  cpu: 'processor',
  cores: 'cores',
}

/** Reads the footers of all files; where they differ every value is told, with its number of files. */
export async function originOf(files: readonly LakeFile[]): Promise<Origin> {
  const counts = new Map(Object.keys(NAMES).map((name) => [name, new Map<string, number>()]))
  let seed = 1
  let order: number | undefined
  let quick = false
  for (const { path, table, rows: committed } of files) {
    const { provenance, rows } = await parquetMetadata(path)
    if (rows !== committed)
      throw new BlindspotError(
        'bad-data',
        `${path} has ${rows} rows, manifest.json says ${committed}; restore the manifest`,
      )
    for (const [name, values] of counts) {
      const value = name === 'images' ? imagesIn(provenance[name]) : provenance[name]
      if (typeof value !== 'string' && typeof value !== 'number') continue
      values.set(String(value), (values.get(String(value)) ?? 0) + 1)
    }
    if (typeof provenance['seed'] === 'number') {
      if (table === 'scores') seed = provenance['seed']
      // only `paper` says whether it was quick
      if (typeof provenance['quick'] === 'boolean') order = provenance['seed']
    }
    quick ||= provenance['quick'] === true
  }
  const facts = [...counts].flatMap(([name, values]): readonly Fact[] => {
    if (values.size === 0) return []
    const alone = values.size === 1
    const told = [...values].map(([value, n]) => (alone ? value : `${value} (${n} of ${files.length} files)`))
    return [{ name: NAMES[name], value: told.join('; ') }]
  })
  return { facts, seed, order, quick }
}

/** The files that a data set's name stands for, in words, by what `imagesOf` noted. */
function imagesIn(noted: unknown): string | undefined {
  const { source, dataset, split } = (noted ?? {}) as Readonly<Record<string, unknown>>
  return typeof source === 'string' ? `${String(dataset)} ${String(split)}: ${source}` : undefined
}
