/** A stranger's study in code, as a module for any runtime: trains, attacks here and in threads, scores into a data set. */
export const STUDY = `
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, toArray } from 'rxjs'
import { attack, consume, loadClassifier, mnist, modelReference, openLake, score, train, useBackend } from 'blindspot'

export async function study() {
  const { name: backend } = await useBackend()
  const folder = mkdtempSync(join(tmpdir(), 'study-'))
  try {
    const model = await lastValueFrom(mnist('train', { limit: 500 }).pipe(train('FC20-10', { seed: 1 })))
    await model.save(join(folder, 'network'))
    const network = await loadClassifier(join(folder, 'network'))
    const attacked = (by) => lastValueFrom(mnist('test', { limit: 16 }).pipe(by, toArray()))
    const here = await attacked(attack(network))
    const inThreads = await attacked(attack(await modelReference(join(folder, 'network')), { workers: 1 }))
    const lake = await openLake(join(folder, 'results'))
    const writer = lake.writer('scores', { step: 'transfer' })
    await consume(mnist('test', { limit: 16 }).pipe(attack(network), score([network])), (batch) => writer.write(batch))
    await writer.close()
    const distortions = (batches) => JSON.stringify(batches.flatMap(({ distortion }) => [...distortion]))
    return {
      backend,
      rows: here.reduce((sum, { index }) => sum + index.length, 0),
      threadsAgree: distortions(here) === distortions(inThreads),
      files: (await lake.files()).length,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
`

/** Prints what the study comes to. */
export const RUN = `
import { study } from './study.mjs'
console.log(JSON.stringify(await study()))
`

/** The same as a test of jest and vitest, whose globals it uses. */
export const TEST = `
import { study } from './study.mjs'
test('study', async () => {
  const { rows, threadsAgree, files } = await study()
  expect({ rows, threadsAgree, files }).toEqual({ rows: 16, threadsAgree: true, files: 1 })
}, 600_000)
`

/** What a strict compiler is shown. */
export const TYPED = `
import { map, type Observable } from 'rxjs'
import { attack, loadClassifier, score, type ScoreBatch } from 'blindspot'
import type { Classifier } from 'blindspot/pipelines'
import { mnist, type ImageBatch } from 'blindspot/sources'

export async function transfer(from: string, to: string): Promise<Observable<number>> {
  const [source, victim]: [Classifier, Classifier] = [await loadClassifier(from), await loadClassifier(to)]
  const images: Observable<ImageBatch> = mnist('test', { limit: 8 })
  return images.pipe(
    attack(source, { goal: 'runner-up' }),
    score([victim]),
    map(({ error }: ScoreBatch) => error.length),
  )
}
`

/** Images of their own, three classes of 6 × 6 RGB with noise, as NumPy's arrays; and a classifier of their own, which is checked and attacked. */
export const OWN = `
import { lastValueFrom, toArray } from 'rxjs'
import { writeFileSync } from 'node:fs'
import { attack, checkClassifier, defineClassifier, imagesOf, selectRows, takeRows, useBackend } from 'blindspot'

const SIZE = 6 * 6 * 3
const images = (n, salt) => {
  const labels = Uint8Array.from({ length: n }, (_, i) => i % 3)
  const pixels = Uint8Array.from({ length: n * SIZE }, (_, at) => {
    const noise = ((at * 7919 + salt * 104729) % 97) / 97
    return Math.round(255 * (0.7 * noise + (at % 3 === labels[Math.floor(at / SIZE)] ? 0.3 : 0)))
  })
  return { labels, pixels }
}

// a zip of .npy files, stored, with their checksums
const table = Int32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1
  return n
})
const crc = (bytes) => (~bytes.reduce((sum, byte) => (sum >>> 8) ^ table[(sum ^ byte) & 255], -1)) >>> 0
const npy = (shape, bytes) => {
  const text = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape.join(', ') + ",), }"
  return Buffer.concat([Buffer.from('\\x93NUMPY\\x01\\0v\\0', 'latin1'), Buffer.from(text.padEnd(117) + '\\n'), bytes])
}
const files = Object.entries({ train: images(300, 1), test: images(90, 2) }).flatMap(([split, { labels, pixels }]) => [
  ['x_' + split + '.npy', npy([labels.length, 6, 6, 3], pixels)],
  ['y_' + split + '.npy', npy([labels.length], labels)],
])
const parts = []
const directory = []
let at = 0
for (const [name, bytes] of files) {
  const head = Buffer.alloc(26)
  head.writeUInt16LE(20, 0)
  head.writeUInt32LE(crc(bytes), 10)
  head.writeUInt32LE(bytes.length, 14)
  head.writeUInt32LE(bytes.length, 18)
  head.writeUInt16LE(name.length, 22)
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(at, 10)
  directory.push(Buffer.from('PK\\x01\\x02\\x14\\0', 'latin1'), head, rest, Buffer.from(name))
  parts.push(Buffer.from('PK\\x03\\x04', 'latin1'), head, Buffer.from(name), bytes)
  at += 30 + name.length + bytes.length
}
const list = Buffer.concat(directory)
const end = Buffer.alloc(18)
end.writeUInt16LE(files.length, 4)
end.writeUInt16LE(files.length, 6)
end.writeUInt32LE(list.length, 8)
end.writeUInt32LE(at, 12)
writeFileSync('faces.npz', Buffer.concat([...parts, list, Buffer.from('PK\\x05\\x06', 'latin1'), end]))

// the mean of each channel, by hand
const means = (x) => Float32Array.from({ length: x.length / SIZE * 3 }, (_, k) => {
  let sum = 0
  for (let i = 0; i < 36; i++) sum += x[Math.floor(k / 3) * SIZE + 3 * i + (k % 3)]
  return sum / 36
})
const own = defineClassifier({
  name: 'channels',
  inputShape: [6, 6, 3],
  classes: 3,
  logits: means,
  gradient: (x, weights) => x.map((_, i) => weights[Math.floor(i / SIZE) * 3 + (i % 3)] / 36),
})
await useBackend()
await checkClassifier(own)
const { labels, pixels } = images(90, 2)
const found = await lastValueFrom(
  imagesOf({ pixels, labels, shape: [6, 6, 3] }).pipe(selectRows(({ label }) => label < 2), takeRows(20), attack(own), toArray()),
)
const rows = found.reduce((sum, { index }) => sum + index.length, 0)
if (rows !== 20) throw new Error('expected 20 rows, got ' + rows)
`
