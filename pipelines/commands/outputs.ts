import type { WriteStream } from 'node:tty'
import { printable } from '../../operators/errors.js'

type Output = WriteStream

/** The first error of each output. */
const lost = new Map<Output, NodeJS.ErrnoException>()

/** A reader that has left, such as `head`, has what it wanted. */
const LEFT = ['EPIPE', 'ECONNRESET']

/**
 * Sees to it that output that cannot be written ends no work from here on: a log on a full disk, a terminal that is
 * gone, a pipe whose reader has left. Node by itself ends the process for it.
 */
export function outliveOutputs(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!lost.has(stream)) lost.set(stream, error)
    })
}

/** Whether standard output is for rows alone. */
let isOfRows = false

/** Keeps standard output for rows: nothing else is said there. */
export function keepForRows(): void {
  isOfRows = true
}

/**
 * Writes bytes to standard output; resolves when they are taken, with false where the reader has left.
 *
 * @throws the error of an output that cannot be written to, such as a full disk
 */
export async function put(bytes: Uint8Array): Promise<boolean> {
  if (await written(process.stdout, bytes)) return true
  const error = lost.get(process.stdout)
  if (error === undefined || LEFT.includes(error.code ?? '')) return false
  throw error
}

const saidAlready = new Set<string>()

/** Says something, once, on standard error; where that cannot be written to, on standard output. */
export async function say(message: string): Promise<void> {
  const text = printable(message, '\n\t')
  // what several threads lack is one thing to a reader
  if (saidAlready.has(text)) return
  saidAlready.add(text)
  if (!(await written(process.stderr, `${text}\n`)) && !isOfRows) await written(process.stdout, `${text}\n`)
}

/**
 * Writes a part of a result, which may be bytes, and waits until it is taken; says whether somebody still takes them: a reader
 * such as `head` leaves when it has what it wanted.
 */
export const passOn = (part: string | Uint8Array): Promise<boolean> => written(process.stdout, part)

/** Waits until all results are written; why some could not be, or nothing. */
export async function lostResults(): Promise<string | undefined> {
  await written(process.stdout, '')
  const error = lost.get(process.stdout)
  return error === undefined || LEFT.includes(error.code ?? '') ? undefined : error.message
}

function written(stream: Output, text: string | Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      stream.write(text, (error) => setImmediate(() => resolve(!error)))
    } catch {
      resolve(false)
    }
  })
}
