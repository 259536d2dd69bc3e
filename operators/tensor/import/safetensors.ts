import { open } from 'node:fs/promises'
import * as v from 'valibot'
import { shown } from '../../records/expected.js'
import { bad, reason } from '../model/bad.js'
import { isObject } from '../../options/isObject.js'
import { sizeOfNamed } from '../model/ordinaryFile.js'
import { sizeFromShape } from '../../classifier/sizeFromShape.js'

/** Bytes of a number, of the types that a file may have. */
const BYTES: Readonly<Partial<Record<string, number>>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, I16: 2, U16: 2, F16: 2, BF16: 2 },
  ...{ I32: 4, U32: 4, F32: 4, I64: 8, U64: 8, F64: 8 },
}

/** A tensor of a safetensors file. */
export interface StoredTensor {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  /** Where its bytes begin and end in the file. */
  readonly begin: number
  readonly end: number
}

/** Longest header, as the format has it. */
const MOST_HEADER = 100_000_000

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const entry = v.strictObject({
  dtype: v.picklist(Object.keys(BYTES)),
  shape: v.array(size),
  data_offsets: v.strictTuple([size, size]),
})

/**
 * Reads and checks what a safetensors file says of its tensors, not the tensors: the length of the header, 8 bytes, the
 * header in JSON, and the tensors' bytes one after the other, without gaps, to the end of the file.
 *
 * @returns the tensors by name
 * @throws BlindspotError `bad-option` where there is no such file; `bad-model`, naming the file, the tensor, what was expected and what
 * came
 */
export async function readSafetensors(file: string): Promise<ReadonlyMap<string, StoredTensor>> {
  const bytes = await sizeOfNamed(file, '; give a .safetensors file')
  const { json, start } = await headerOf(file, bytes)
  const tensors = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => tensorOf(file, name, value, start))
  let [at, before] = [start, 'the header']
  for (const { name, dtype, shape, begin, end } of tensors.toSorted(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    const values = sizeFromShape(shape)
    const wanted = values * (BYTES[dtype] ?? NaN)
    const place = `tensor ${JSON.stringify(name)}`
    if (end - begin !== wanted)
      throw bad(
        file,
        `${place}: expected ${wanted} bytes for ${dtype} [${shape.join(', ')}], its data_offsets have ${end - begin}`,
      )
    if (begin !== at)
      throw bad(
        file,
        `${place}: expected its bytes to begin at ${at - start}, right behind ${before}, they ${
          begin < at ? 'overlap that, beginning' : 'leave a gap, beginning'
        } at ${begin - start}`,
      )
    if (end > bytes)
      throw bad(
        file,
        `${place}: expected its bytes to end within the file, at most at ${bytes - start}, they end at ${end - start}; the file may be cut off`,
      )
    ;[at, before] = [end, place]
  }
  if (at !== bytes)
    throw bad(file, `expected ${at} bytes, as its header says of ${before}, the last, got ${bytes}`)
  return new Map(tensors.map((tensor) => [tensor.name, tensor]))
}

async function headerOf(file: string, bytes: number) {
  const length = bytes < 8 ? 0n : new DataView((await read(file, 0, 8)).buffer).getBigUint64(0, true)
  if (bytes < 8 || length > BigInt(Math.min(MOST_HEADER, bytes - 8)))
    throw bad(
      file,
      `expected a safetensors file, whose first 8 bytes are the length of its header, of at most ${
        bytes < 8 ? 'what is behind them' : Math.min(MOST_HEADER, bytes - 8)
      } bytes, got ${bytes < 8 ? `a file of ${bytes} bytes` : String(length)}`,
    )
  const start = 8 + Number(length)
  const text = await read(file, 8, Number(length))
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch (cause) {
    throw bad(
      file,
      `expected a safetensors file, whose header is JSON, got another (${reason(cause)})`,
      cause,
    )
  }
  if (!isObject(json)) throw bad(file, 'expected a header that is a JSON object of tensors')
  return { json, start }
}

function tensorOf(file: string, name: string, value: unknown, start: number): StoredTensor {
  const result = v.safeParse(entry, value)
  if (!result.success) {
    const [issue] = result.issues
    const place = (issue.path ?? []).map(({ key }) => `.${String(key)}`).join('')
    throw bad(
      file,
      `tensor ${JSON.stringify(name)}: expected dtype, shape and data_offsets of whole numbers, got ${shown(
        issue.input,
      )}${place && ` for ${place.slice(1)}`}`,
    )
  }
  const { dtype, shape, data_offsets: offsets } = result.output
  return { name, dtype, shape, begin: start + offsets[0], end: start + offsets[1] }
}

async function read(file: string, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length)
  const handle = await open(file).catch((cause: unknown) => {
    throw bad(file, `cannot be read (${reason(cause)})`, cause)
  })
  try {
    await readAt(file, handle, at, bytes)
  } finally {
    await handle.close()
  }
  return bytes
}

/** What `readAt` reads from: a file that is open. */
export type Opened = Pick<Awaited<ReturnType<typeof open>>, 'read'>

/** Fills `bytes` from a place of a file on. */
export async function readAt(file: string, handle: Opened, at: number, bytes: Uint8Array): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesRead } = await handle
      .read(bytes, done, bytes.length - done, at + done)
      .catch((cause: unknown) => {
        throw bad(file, `cannot be read (${reason(cause)})`, cause)
      })
    if (bytesRead === 0)
      throw bad(file, `expected ${bytes.length} bytes from ${at} on, got the end of the file after ${done}`)
    done += bytesRead
  }
}
