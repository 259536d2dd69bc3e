import { BlindspotError } from '../../operators/errors.js'
import type { Home } from './home.js'
import { parseManifest, type Listed, type ManifestFile } from './manifestSchema.js'

const VERSION = 2

/** Largest manifest that is read and written, in MB; that of a data set of 100,000 files is some 50. */
const LARGEST_MB = 256

export const MANIFEST = 'manifest.json'

/**
 * The manifest of a data set, of which every value is as its type says: what was committed up to a commit, the rest is in
 * the log. Undefined where there is none.
 *
 * @throws BlindspotError `bad-data` where it cannot be used
 */
export async function readManifest({ store }: Pick<Home, 'store'>): Promise<Listed | undefined> {
  const path = store.place(MANIFEST)
  const text = await store.text(MANIFEST, (size) => {
    if (size > LARGEST_MB * 1e6)
      throw new BlindspotError(
        'bad-data',
        `${path} has ${(size / 1e6).toFixed(0)} MB, of a manifest up to ${LARGEST_MB} are read; restore it`,
      )
  })
  return text === undefined ? undefined : manifestIn(path, text)
}

function manifestIn(path: string, text: string): Listed {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch (cause) {
    throw new BlindspotError(
      'bad-data',
      `${path} is no JSON: ${(cause as Error).message}; restore it, or write the data set to another folder`,
      { cause },
    )
  }
  const { format, version } = (found ?? {}) as { readonly format?: unknown; readonly version?: unknown }
  if (typeof version === 'number' && version > VERSION)
    throw new BlindspotError(
      'bad-data',
      `${path} has version ${version}, this blindspot reads up to ${VERSION}; use a newer one`,
    )
  if (format !== 'blindspot' || (version !== 1 && version !== 2))
    throw new BlindspotError(
      'bad-data',
      `${path} is no manifest of a blindspot data set (format "blindspot", version 1 or ${VERSION}, files); choose another folder`,
    )
  try {
    return parseManifest(found)
  } catch (cause) {
    throw new BlindspotError(
      'bad-data',
      `${path} is no manifest that blindspot wrote: ${(cause as Error).message}; restore it, or choose another folder`,
      { cause },
    )
  }
}

/**
 * Puts a manifest in the place of the present one; gives its stamp. Who reads one has the log for the rest, so that one that
 * is older than another does no harm.
 *
 * @throws BlindspotError `io`; `bad-data` where it would be too large to be read
 */
export async function writeManifest(
  { store }: Pick<Home, 'store'>,
  { created, commit, fences, files }: Omit<Listed, 'version'>,
): Promise<string | undefined> {
  const head = JSON.stringify(
    {
      ...{ format: 'blindspot', version: VERSION, created, commit },
      ...(Object.keys(fences).length > 0 && { fences }),
      tables: sumsOf(files),
    },
    null,
    2,
  )
  // a line for each file: half the bytes, and people still find their way
  const lines = files.map((file) => `    ${JSON.stringify(file)}`).join(',\n')
  const text = `${head.slice(0, -2)},\n  "files": [${lines && `\n${lines}\n  `}]\n}\n`
  if (text.length > LARGEST_MB * 1e6)
    throw new BlindspotError(
      'bad-data',
      `${store.place(MANIFEST)} would have over ${LARGEST_MB} MB; write what comes next to another folder`,
    )
  await store.put(MANIFEST, text)
  return store.stamp(MANIFEST)
}

/** Sums per table, for people. */
function sumsOf(files: readonly ManifestFile[]): Readonly<Record<string, object>> {
  const tables = new Map<string, { files: number; rows: number; bytes: number }>()
  for (const { table, rows, bytes } of files) {
    const sum = tables.get(table) ?? { files: 0, rows: 0, bytes: 0 }
    tables.set(table, { files: sum.files + 1, rows: sum.rows + rows, bytes: sum.bytes + bytes })
  }
  return Object.fromEntries(tables)
}
