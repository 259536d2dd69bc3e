import { parseDocument } from 'yaml'
import { BlindspotError } from '../../../operators/errors.js'
import { disk } from '../../../sources/store.js'
import { checkSweep, type CheckedSweep } from './sweepSpec.js'
import { stepsOf } from './sweepSteps.js'

/** Bytes of a sweep's file at most: lists of explicit networks are long. */
const LARGEST = 64e6

/**
 * Reads a sweep from a YAML or JSON file.
 *
 * @throws BlindspotError `io` where it cannot be read, `bad-option` where it is not there, or that names the file, the line or the key,
 * its value and what was expected
 */
export async function readSweep(path: string): Promise<CheckedSweep> {
  const kind = (await disk.stat(path))?.kind
  if (kind === undefined || kind === 'folder')
    throw new BlindspotError(
      'bad-option',
      `${path}: expected a sweep as YAML or JSON, got ${kind === undefined ? 'no such file' : 'a folder'}`,
    )
  const file = await disk.open(path)
  let text: string
  try {
    if (file.size > LARGEST)
      throw new BlindspotError(
        'bad-option',
        `${path}: expected at most ${LARGEST / 1e6} MB, got ${Math.ceil(file.size / 1e6)}`,
      )
    text = (await file.read(0, file.size)).toString('utf8')
  } finally {
    await file.close()
  }
  const spec = checkSweep(valueOf(text, path), path)
  try {
    stepsOf(spec)
  } catch (error) {
    if (!(error instanceof BlindspotError)) throw error
    throw new BlindspotError(error.code, `${path}: ${error.message}`, { cause: error })
  }
  return spec
}

/** The value that YAML 1.2 stands for with its core schema: JSON is YAML, 1e-4 is a number, and no is a text. */
function valueOf(text: string, path: string): unknown {
  const wrong = (cause: Error) =>
    new BlindspotError('bad-option', `${path}: expected YAML or JSON: ${cause.message.trimEnd()}`, { cause })
  const document = parseDocument(text, { prettyErrors: true })
  const error = document.errors.at(0)
  if (error) throw wrong(error)
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw wrong(cause as Error)
  }
}
