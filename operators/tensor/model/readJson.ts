import { lstat, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { isObject } from '../../options/isObject.js'
import { bad, reason } from './bad.js'
import { foreignFile, foreignFolder } from './foreign.js'
import { readInto, sizeOf, sizeOfNamed } from './ordinaryFile.js'

/** Largest `model.json`; that of a network with a thousand layers is 1 MB. */
const MOST_MEGABYTES = 64

/** What a model is, for who names something else. */
const EXPECTED = 'give a folder with model.json, or that file'

/** Levels of objects and lists at most; a model in a model takes three. */
const MOST_LEVELS = 200

/**
 * Reads the JSON object in a `model.json`.
 *
 * @param path a folder with `model.json`, or that file
 * @throws BlindspotError `bad-option` where there is no such file; `bad-model`, naming the file; of what another program wrote it says what that is, and how to convert it
 */
export async function readJson(
  path: string,
): Promise<{ readonly file: string; readonly json: Readonly<Record<string, unknown>> }> {
  const found = await stat(path).catch(() => undefined)
  const file = resolve(found?.isDirectory() ? join(path, 'model.json') : path)
  const isThere =
    found?.isFile() ||
    (await stat(file)
      .then(() => true)
      .catch(() => false))
  const foreign = found?.isFile() ? await foreignFile(file) : isThere ? undefined : await foreignFolder(path)
  if (foreign !== undefined) throw bad(resolve(path), foreign)
  const size = await sizeOfNamed(file, `; ${EXPECTED}`)
  const remedy = basename(file) === 'model.json' ? '' : `; ${EXPECTED}`
  return { file, json: await objectIn(file, size, remedy) }
}

/** The JSON object in a file; undefined where there is no such file. */
export async function readJsonIfThere(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const missing = await lstat(file).then(
    () => false,
    (cause: unknown) => (cause as NodeJS.ErrnoException).code === 'ENOENT',
  )
  return missing ? undefined : objectIn(file, await sizeOf(file, ''))
}

/** The JSON object in a file that a call names; `bad-option` where there is none. */
export const readNamedJson = async (file: string): Promise<Readonly<Record<string, unknown>>> =>
  objectIn(file, await sizeOfNamed(file, '; give a file like preprocess.json'))

async function objectIn(file: string, size: number, remedy = ''): Promise<Readonly<Record<string, unknown>>> {
  if (size > MOST_MEGABYTES * 1e6)
    throw bad(file, `expected JSON of at most ${MOST_MEGABYTES} MB, got ${(size / 1e6).toFixed(0)} MB`)
  const bytes = new Uint8Array(size)
  await readInto(file, bytes)
  const json = parse(file, new TextDecoder().decode(bytes), remedy)
  if (isObject(json)) return json
  throw bad(file, `is not a JSON object${remedy}`)
}

function parse(file: string, text: string, remedy: string): unknown {
  if (depth(text) > MOST_LEVELS)
    throw bad(file, `is nested more than ${MOST_LEVELS} levels deep, which no network is`)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw bad(file, `is not JSON (${reason(cause)})${remedy}`, cause)
  }
}

/** How deep objects and lists lie within each other. */
function depth(text: string): number {
  let [now, most] = [0, 0]
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '"') inString = !inString
    else if (inString) i += character === '\\' ? 1 : 0
    else if (character === '{' || character === '[') most = Math.max(most, ++now)
    else if (character === '}' || character === ']') now--
  }
  return most
}
