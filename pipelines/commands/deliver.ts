import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BlindspotError, printable } from '../../operators/errors.js'
import { temporaryName } from '../../operators/lock/owner.js'
import { arrowAnswer } from '../../sinks/answer/arrowAnswer.js'
import { csvAnswer } from '../../sinks/answer/csvAnswer.js'
import { jsonAnswer, jsonLinesAnswer } from '../../sinks/answer/jsonAnswer.js'
import { parquetAnswer } from '../../sinks/answer/parquetAnswer.js'
import { tableAnswer } from '../../sinks/answer/tableAnswer.js'
import { valueText } from '../../sinks/answer/valueText.js'
import { fold } from '../../sinks/table/fold.js'
import { tableText } from '../../sinks/table/text.js'
import type { Answer } from '../../sources/query/answer.js'
import { AtomicFile } from '../../sources/atomicFile.js'
import { disk } from '../../sources/store.js'
import { VERSION } from '../steps/provenance.js'
import type { Format } from './answerFormat.js'
import { passOn } from './outputs.js'

export interface Delivery {
  readonly format: Format
  /** A file; else standard output. */
  readonly out: string | undefined
  /** Rows of a table. */
  readonly rows: number | undefined
  /** What was asked, in words. */
  readonly title: string | undefined
  /** What was asked. */
  readonly sql: string
  readonly signal: AbortSignal
}

/** Brings an answer to where it is asked for, part by part. */
export async function deliver(answer: Answer, to: Delivery): Promise<void> {
  const { format, out } = to
  const isTerminal = out === undefined && process.stdout.isTTY
  if (isTerminal && (format === 'parquet' || format === 'arrow'))
    throw new BlindspotError(
      'bad-option',
      `--format ${format}: these are bytes, which a terminal does not show; give --out FILE, or send them to a program`,
    )
  if (format === 'parquet') return deliverParquet(answer, to)
  const parts = partsOf(answer, to)
  if (out !== undefined) return intoFile(out, parts, to.signal)
  await toReader(
    isTerminal && format === 'csv'
      ? (async function* () {
          for await (const part of parts) yield typeof part === 'string' ? printable(part, '\n\t') : part
        })()
      : parts,
    to.signal,
  )
}

/** The text or bytes of an answer. */
function partsOf(answer: Answer, to: Delivery): AsyncIterable<string | Uint8Array> {
  switch (to.format) {
    case 'csv':
      return csvAnswer(answer)
    case 'json':
      return jsonAnswer(answer)
    case 'jsonl':
      return jsonLinesAnswer(answer)
    case 'arrow':
      return arrowAnswer(answer)
    default:
      return tableParts(answer, to)
  }
}

async function* tableParts(
  answer: Answer,
  { rows, title, out }: Delivery,
): AsyncGenerator<string, void, undefined> {
  const width = out === undefined ? process.stdout.columns : undefined
  if (title !== undefined) yield `${fold(title, width ?? Infinity).join('\n')}\n`
  // a plan is drawn in lines of its own
  if (answer.columns[0].name === 'explain_key') {
    for await (const part of answer.chunks)
      for (const [, plan] of part.rows()) yield `${printable(valueText(plan) ?? '', '\n')}\n`
    return
  }
  yield tableText(await tableAnswer(answer, rows), { width, compact: true })
}

async function intoFile(
  path: string,
  parts: AsyncIterable<string | Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const file = await AtomicFile.create(path)
  try {
    for await (const part of parts) {
      signal.throwIfAborted()
      await file.write(typeof part === 'string' ? Buffer.from(part) : part)
    }
    await file.close()
  } catch (error) {
    await file.abort()
    throw error
  }
}

async function toReader(parts: AsyncIterable<string | Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const part of parts) {
    signal.throwIfAborted()
    if (!(await passOn(part))) return
  }
}

/** A Parquet file says at its end what it holds: it is written whole, then read to standard output. */
async function deliverParquet(answer: Answer, { out, sql, signal }: Delivery): Promise<void> {
  const provenance = { blindspot: VERSION, query: sql }
  const path = out ?? join(tmpdir(), temporaryName('blindspot-query.parquet'))
  await parquetAnswer(path, answer, provenance)
  if (out !== undefined) return
  const file = await disk.open(path)
  try {
    await toReader(
      (async function* () {
        for (let at = 0; at < file.size; at += PIECE)
          yield await file.read(at, Math.min(file.size, at + PIECE))
      })(),
      signal,
    )
  } finally {
    await file.close()
    await disk.remove(path)
  }
}

const PIECE = 2 ** 20
