import { createHash } from 'node:crypto'
import { lastValueFrom, of } from 'rxjs'
import sharp from 'sharp'
import t from 'tap'
import { throughJpeg } from '../../operators/photograph/jpeg.js'
import { randomFor } from '../../operators/random.js'
import { recode, type ImageEncoding } from '../../operators/recode.js'
import { STATUSES, type AdversarialBatch } from '../../operators/records/adversarial.js'
import { examplesOf } from '../sinks/records.js'

const ROWS = 12

/** Examples of smooth images, whose pixels go beyond the box by rounding's last place here and there. */
function attacked(shape: AdversarialBatch['shape'], box?: AdversarialBatch['box']): AdversarialBatch {
  const [height, width, channels] = shape
  const values = height * width * channels
  const [low, high] = box ?? [0, 1]
  const random = randomFor(3, 'recode')
  const share = Float32Array.from({ length: ROWS * values }, (_, i) => {
    const at = Math.floor((i % values) / channels)
    const wave = Math.sin(at / width / 3 + (i % channels)) * Math.cos((at % width) / 4)
    return 0.5 + 0.6 * wave + 0.02 * random.gaussian()
  })
  const pixels = share.map((value) => low + Math.min(1 + 1e-7, Math.max(-1e-7, value)) * (high - low))
  return {
    ...examplesOf(ROWS, 0, 'FC10(1)', values),
    shape,
    ...(box && { box }),
    original: pixels.map(() => low),
    adversarial: pixels,
  }
}

const recoded = (batch: AdversarialBatch, encoding: ImageEncoding) =>
  lastValueFrom(of(batch).pipe(recode(encoding)))

const isEqual = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length && Array.from(a).every((value, i) => value === b[i])

/** Rows of a batch's examples, as bytes by the definition, halves to even as NumPy's rint has them. */
function bytesOf(batch: AdversarialBatch): readonly Uint8Array<ArrayBuffer>[] {
  const size = batch.adversarial.length / ROWS
  const [low, high] = batch.box ?? [0, 1]
  return [...batch.index.keys()]
    .filter((row) => STATUSES[batch.status[row]] === 'success')
    .map((row) =>
      Uint8Array.from(batch.adversarial.subarray(row * size, (row + 1) * size), (value) => {
        const scaled = Math.min(255, Math.max(0, (255 * (value - low)) / (high - low)))
        const below = Math.floor(scaled)
        const rest = scaled - below
        return rest === 0.5 ? below + (below % 2) : Math.round(scaled)
      }),
    )
}

for (const [shape, box] of [
  [[9, 13, 3], undefined],
  [
    [28, 28, 1],
    [-1, 1],
  ],
] as const)
  t.test(`png of [${shape.join(', ')}]: as a PNG file gives it back, and once more the same`, async (t) => {
    const [height, width, channels] = shape
    const batch = attacked(shape, box)
    const stored = await recoded(batch, { kind: 'png' })
    const [low, high] = box ?? [0, 1]
    const expected: number[] = []
    for (const bytes of bytesOf(batch)) {
      const file = await sharp(bytes, { raw: { width, height, channels } }).png().toBuffer()
      const read = await sharp(file)
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw()
        .toBuffer()
      for (const byte of read) expected.push(Math.fround(low + (byte / 255) * (high - low)))
    }
    t.ok(isEqual(stored.pixels, expected))
    t.match(stored, {
      kind: 'png',
      sourceModel: 'FC10(1)',
      goal: 'random',
      original: { length: expected.length },
    })
    const again = await recoded(
      {
        ...batch,
        ...Object.fromEntries(['index', 'label', 'target'].map((key) => [key, stored[key as 'index']])),
        status: new Uint8Array(stored.index.length).fill(STATUSES.indexOf('success')),
        original: stored.original,
        adversarial: stored.pixels,
      },
      { kind: 'png' },
    )
    t.same(again.pixels, stored.pixels, 'what was rounded stays')
    const size = height * width * channels
    const found = [...stored.index].flatMap((row) => [
      ...batch.adversarial.subarray(row * size, (row + 1) * size),
    ])
    const most = Math.max(...found.map((value, i) => Math.abs(value - stored.pixels[i])))
    t.ok(most > 0 && most <= (high - low) * (0.5 / 255 + 1e-6), 'no value moves by more than half a level')
  })

t.test('jpeg: as a JPEG file gives it back, the worse the lower its quality', async (t) => {
  for (const shape of [
    [32, 40, 3],
    [28, 28, 1],
  ] as const) {
    const [height, width, channels] = shape
    const batch = attacked(shape)
    const exact = await recoded(batch, { kind: 'png' })
    const space = channels === 1 ? 'b-w' : 'srgb'
    const errors: number[] = []
    for (const quality of [95, 75, 50]) {
      const stored = await recoded(batch, { kind: 'jpeg', quality })
      t.match(stored, { kind: 'jpeg', quality, method: 'l-bfgs' })
      const expected: number[] = []
      const kinds = new Set<string | undefined>()
      for (const bytes of bytesOf(batch)) {
        const raw = sharp(bytes, { raw: { width, height, channels } })
        const file = await raw.toColourspace(space).jpeg({ quality }).toBuffer()
        const read = await sharp(file).toColourspace(space).raw().toBuffer()
        for (const byte of read) expected.push(Math.fround(byte / 255))
        const { space: own, chromaSubsampling } = await sharp(file).metadata()
        kinds.add(channels === 1 ? own : chromaSubsampling)
      }
      t.ok(isEqual(stored.pixels, expected), `quality ${quality}`)
      t.same([...kinds], [channels === 1 ? 'b-w' : '4:2:0'])
      errors.push(stored.pixels.reduce((sum, value, i) => sum + (value - exact.pixels[i]) ** 2, 0))
    }
    t.ok(0 < errors[0] && errors[0] < errors[1] && errors[1] < errors[2], errors.join(' < '))
  }
})

t.test('jpeg: byte for byte as Pillow', async (t) => {
  const [height, width] = [8, 20]
  const pixels = Array.from({ length: height * width }, (_, i) => [i % width, Math.floor(i / width)])
  const colours = pixels.map(([x, y]) => [13 * x + 7 * y, 5 * x + 29 * y, 255 - 11 * x - 3 * y + 256])
  const of = async (channels: number, quality: number) => {
    const bytes = Uint8Array.from(colours.flatMap((values) => values.slice(0, channels)))
    const stored = await throughJpeg(bytes, [height, width, channels], { quality, name: 'a ramp' })
    return createHash('sha256').update(stored).digest('hex').slice(0, 16)
  }
  // np.asarray(Image.open(f)) of Image.fromarray(ramp).save(f, 'JPEG', quality=q), Pillow 13.0.0
  const pillow = {
    95: ['265b8119a4b41bbd', 'f3b92c30cf63de94'],
    75: ['b3b8c002f89ac284', 'ea0408ea17bc5b53'],
    50: ['7fb3c6101c817556', '6a3ce198dd062da3'],
  }
  for (const [quality, hashes] of Object.entries(pillow))
    t.same([await of(3, Number(quality)), await of(1, Number(quality))], hashes, `quality ${quality}`)
})

t.test('wrong calls', async (t) => {
  for (const quality of [0, 101, 50.5, NaN])
    t.throws(() => recode({ kind: 'jpeg', quality }), {
      code: 'bad-option',
      message: `recode: quality: expected a whole number from 1 to 100, got ${quality}`,
    })
  t.throws(() => recode({ kind: 'webp' } as unknown as ImageEncoding), {
    code: 'bad-option',
    message: "recode: expected the kind png or jpeg, got 'webp'",
  })
  for (const shape of [
    [1, 784, 1],
    [4, 4, 2],
  ] as const)
    await t.rejects(recoded(attacked(shape), { kind: 'jpeg', quality: 75 }), {
      code: 'bad-data',
      message: /mnist test: expected images of \[height, width, 1 or 3\]/,
    })
  const none = { ...attacked([4, 4, 1]), status: new Uint8Array(ROWS).fill(STATUSES.indexOf('failed')) }
  for (const encoding of [{ kind: 'png' }, { kind: 'jpeg', quality: 75 }] as const)
    t.match(
      await recoded(none, encoding),
      { index: { length: 0 }, pixels: { length: 0 } },
      'of no example nothing',
    )
})
