import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lastValueFrom, toArray, type Observable } from 'rxjs'
import sharp from 'sharp'
import type { Test } from 'tap'
import { pack } from 'tar-stream'
import type { BlindspotError } from '../../../operators/errors.js'
import type { ImageBatch } from '../../../operators/records/image.js'
import { imagenet, type ImagenetOptions } from '../../../sources/imagenet.js'

/** A photograph of one colour, which a batch's pixels tell. */
export const photograph = (colour: number, side = 8): Promise<Buffer> =>
  sharp({
    create: { width: side, height: side, channels: 3, background: { r: colour, g: colour, b: colour } },
  })
    .png()
    .toBuffer()

/** Writes files by their paths below a folder. */
export function write(root: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), bytes)
  }
  return root
}

/** A tar of some members. */
export async function tar(
  members: readonly (readonly [name: string, bytes: Uint8Array | string])[],
): Promise<Buffer> {
  const archive = pack()
  for (const [name, bytes] of members) archive.entry({ name }, Buffer.from(bytes))
  archive.finalize()
  const parts: Buffer[] = []
  for await (const part of archive) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

export const batches = (source: Observable<ImageBatch>): Promise<ImageBatch[]> =>
  lastValueFrom(source.pipe(toArray()), { defaultValue: [] })

/** What a source gives, by position: the label and the first pixel as a byte; and where what cannot be read is. */
export async function seen(source: Observable<ImageBatch>) {
  const all = await batches(source)
  return {
    rows: all.flatMap(({ index, label, pixels }) =>
      [...index].map((at, row) => [
        at,
        label[row],
        Math.round(pixels[(row * pixels.length) / index.length] * 255),
      ]),
    ),
    unreadable: all.flatMap(({ unreadable = [] }) => unreadable.map(({ index, path }) => [index, path])),
  }
}

/** Side of an input in these tests. */
export const size = 8

/** What is seen of the photographs at a path. */
export const read = (path: string, options: ImagenetOptions = {}) =>
  seen(imagenet(path, { size, ...options }))

export const rows = async (path: string, options: ImagenetOptions = {}) => (await read(path, options)).rows

/** Asserts that the photographs at a path are refused, with what code and in which words. */
export async function refused(
  t: Test,
  path: string,
  options: ImagenetOptions,
  code: string,
  ...says: RegExp[]
): Promise<void> {
  const error = (await batches(imagenet(path, { size, ...options })).catch(
    (error: unknown) => error,
  )) as BlindspotError
  t.equal(error.code, code, error.message)
  for (const part of says) t.match(error.message, part)
}
