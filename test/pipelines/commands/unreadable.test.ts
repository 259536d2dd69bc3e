import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import t from 'tap'
import {
  attackStep,
  openLake,
  perform,
  scoreStep,
  useBackend,
  type Effort,
  type Lake,
  type Step,
} from 'blindspot'
import { writeColourModel, writePhotographs } from '../colours.js'
import { blindspot } from '../commandLine.js'
import { rankingOf } from '../../../pipelines/commands/rank.js'
import { rowsOf, watched } from '../steps/watched.js'

await useBackend()
const root = t.testdir()
const folder = await writePhotographs(join(root, 'photographs'), 14)
const photograph = (name: string) => join(folder, name)
for (const [name, share] of [
  ['blue/0.jpg', 0.5],
  ['green/7.jpg', 0.9],
  ['red/13.jpg', 0.01],
] as const) {
  const bytes = readFileSync(photograph(name))
  writeFileSync(photograph(name), bytes.subarray(0, Math.floor(share * bytes.length)))
}
writeFileSync(photograph('green/3.jpg'), 'a text that somebody called a photograph')
// a header of 30,000 × 30,000 pixels, and no more
const bomb = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
  .png()
  .toBuffer()
bomb.writeUInt32BE(30_000, 16)
bomb.writeUInt32BE(30_000, 20)
bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29)
writeFileSync(photograph('red/2.jpg'), bomb)

const damaged = 'the JPEG cannot be decoded; it may be cut off or damaged'
const LOST = [
  `blue/0.jpg: ${damaged}`,
  'green/3.jpg: expected an image as JPEG, PNG, WebP, GIF, TIFF, AVIF, got other bytes',
  `green/7.jpg: ${damaged}`,
  `red/13.jpg: ${damaged}`,
  'red/2.jpg: expected at most 178956970 pixels (mostPixels), got PNG of 30000x30000',
]
const IMAGES = 3 * 14 - LOST.length
const source = `imagenet:${folder}`
const path = await writeColourModel(join(root, 'network'), 1)

interface Lost {
  readonly path: string
  readonly reason: string
}
const lostOf = ({ path: lost, reason }: Lost) => `${lost}: ${reason}`

/** Rows of a step, and which photographs could not be read, each once, and why. */
async function made(lake: Lake, id: string) {
  const tables = ['examples', 'scores', 'ranks', 'coherence'] as const
  const rows = await Promise.all(tables.map((table) => rowsOf(lake, { table, step: id })))
  const errors = (await rowsOf(lake, { table: 'errors', step: id })) as unknown as Lost[]
  return {
    rows: rows
      .flat()
      .map((row) => JSON.stringify(row))
      .sort(),
    lost: errors.map(lostOf).sort(),
  }
}

t.test(
  'damaged photographs are rows of errors, each once, however often a step is interrupted',
  async (t) => {
    const images = { source }
    const steps: readonly (readonly [Step, Effort])[] = [
      [scoreStep({ models: [{ path }], shown: { kind: 'clean', images }, partition: 'clean' }), {}],
      [attackStep({ model: { path }, images }), { workers: 0 }],
      [attackStep({ model: { path }, images, seed: 2 }), { workers: 0, examples: 12 }],
      [await rankingOf(path, { layer: 'pool', data: source, directions: ['units'], top: 4, seed: 1 }), {}],
    ]
    for (const [i, [step, effort]] of steps.entries()) {
      const whole = await openLake(join(root, `whole ${i}`))
      const { id } = await perform(whole, step, effort)
      const expected = await made(whole, id)
      t.ok(expected.rows.length > 0, step.name)
      if (effort.examples === undefined) t.same(expected.lost, LOST)
      else t.ok(expected.lost.every((name, at) => LOST.indexOf(name) >= at))

      const cut = await openLake(join(root, `cut ${i}`))
      const interrupt = new AbortController()
      const stopping = watched(cut, () => interrupt.abort())
      await t.rejects(perform(stopping, step, { ...effort, signal: interrupt.signal }), {
        name: 'AbortError',
      })
      if (step.kind !== 'rank') await perform(cut, step, { ...effort, limit: 30 })
      await perform(cut, step, effort)
      await perform(cut, step, effort)
      t.same(await made(cut, id), expected, 'as of one that nobody has interrupted')
    }
  },
)

t.test('evaluate goes on past them, and says how many there are', async (t) => {
  const out = join(root, 'evaluated')
  for (const more of [[], ['--out', out], ['--out', out]]) {
    const args = ['evaluate', path, '--data', source, ...more]
    const { code, err, out: text } = await blindspot(...args, '--json')
    t.equal(code, 0, err)
    t.match(err, /5 images could not be read and were left out; /)
    t.match(JSON.parse(text), { images: IMAGES, errors: 0, unreadable: LOST.length })
  }
  const lake = await openLake(out, { readOnly: true })
  const errors = (await rowsOf(lake, { table: 'errors' })) as unknown as Lost[]
  t.same(errors.map(lostOf).sort(), LOST)
})

t.test('warnings are sentences of the program', async (t) => {
  const { code, err } = await blindspot('evaluate', path, '--data', `${source}/blue`)
  t.equal(code, 2)
  t.match(err, /^blindspot: warning: .*blue: its photographs \(14\) are in no folders of classes/)
  t.match(err, /blindspot: .* has no classes, none of the 3 of .*, so that there are no errors to count/)
})
