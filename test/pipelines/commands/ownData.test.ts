import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode, encode } from 'fast-png'
import t from 'tap'
import { npy, zip } from '../../sources/archives.js'
import { networksOf } from '../../../pipelines/sweep/spec/networks.js'
import { blindspot } from '../commandLine.js'

/** 12 classes of 8 × 8 pixels in colour: a square's place and its colour. */
const CLASSES = 12
const SIZE = 8 * 8 * 3

function image(label: number, seed: number): Uint8Array {
  const [place, colour] = [Math.floor(label / 3), label % 3]
  return Uint8Array.from({ length: SIZE }, (_, at) => {
    const [row, column, channel] = [Math.floor(at / 24), Math.floor((at % 24) / 3), at % 3]
    const inside = Math.floor(row / 4) * 2 + Math.floor(column / 4) === place && channel === colour
    return (inside ? 190 : 50) + ((seed * 17 + at * 29) % 41)
  })
}

const folder = t.testdir()
const images = join(folder, 'images')
for (const [split, count] of [
  ['train', 10],
  ['test', 4],
] as const)
  for (let label = 0; label < CLASSES; label++) {
    const own = join(images, split, `kind${String(label).padStart(2, '0')}`)
    mkdirSync(own, { recursive: true })
    for (let i = 0; i < count; i++)
      writeFileSync(
        join(own, `${i}.png`),
        encode({
          width: 8,
          height: 8,
          channels: 3,
          data: image(label, label + 12 * i + (split === 'test' ? 7 : 0)),
        }),
      )
  }
const n = 10 * CLASSES
writeFileSync(
  join(folder, 'own.npz'),
  zip({
    'images.npy': npy(
      '|u1',
      [n, 8, 8, 3],
      Buffer.concat(Array.from({ length: n }, (_, i) => image(i % 12, i))),
    ),
    'labels.npy': npy(
      '<i8',
      [n],
      BigInt64Array.from({ length: n }, (_, i) => BigInt(i % 12)),
    ),
  }),
)
const [train, test, npz] = [
  `folder@split=train:${images}`,
  `folder@split=test,shuffle=1:${images}`,
  `npz:${join(folder, 'own.npz')}`,
]
const [model, other, out] = ['model', 'other', 'out'].map((name) => join(folder, name))

t.test('an architecture without the classes is an error that guesses what was meant', async (t) => {
  const refused = async (message: RegExp, ...args: string[]) => {
    const { code, err } = await blindspot('train', '--out', join(folder, 'none'), ...args)
    t.equal(code, 2, err)
    t.match(err, message)
  }
  await refused(
    /architecture FC20-100: its last number is its classes, 100, and the images have 12 classes \(labels 0 to 11\): did you mean FC20-100-12 or FC20-12\?/,
    ...['FC20-100', '--data', train, '--limit', '5'],
  )
  await refused(
    /FC100-100: .*the images have 10 classes.*did you mean FC100-100-10 or FC100-10\?/,
    'FC100-100',
    '--limit',
    '5',
  )
  await refused(
    /of 120 images none has a label above 11.*did you mean FC20-100-12 or FC20-12\?/,
    'FC20-100',
    '--data',
    npz,
  )
  await refused(
    /architecture FC8-10: .*the images have 12 classes \(labels 0 to 11\): did you mean FC8-12 or FC8-10-12\?/,
    ...['FC8-10', '--data', train],
  )
  await refused(
    /architecture FC8-10: .*labels up to 11, which makes 12 classes: did you mean FC8-12 or FC8-10-12\?/,
    ...['FC8-10', '--data', npz],
  )
  t.notOk(existsSync(join(folder, 'none')), 'nothing is left')
  t.throws(() => networksOf([{ architecture: ['FC100-100'] }]), {
    code: 'bad-option',
    message: /did you mean FC100-100-10/,
  })
  t.equal(networksOf([{ architecture: ['FC100-100'], data: train }]).length, 1, 'known when it is trained')
})

t.test('the whole day in colour, with twelve classes', async (t) => {
  const trained = await blindspot('train', 'FC16-12:relu', '--data', train, '--epochs', '60', '--out', model)
  t.match(trained.out, /train error .* of 120, test error .* of 48/, trained.err)
  const second = await blindspot('train', 'CNN4x3-12', '--data', npz, '--epochs', '60', '--out', other)
  t.match(second.out, /train error .* of 120, test error not measured/, second.err)
  const evaluated = await blindspot('evaluate', model, other, '--data', test, '--json')
  const rows = evaluated.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { error: { value: number } })
  t.ok(rows.length === 2 && rows.every(({ error }) => error.value < 0.5), evaluated.out)
  const attacked = await blindspot(
    'attack',
    model,
    '--data',
    test,
    '--limit',
    '12',
    '--workers',
    '0',
    '--out',
    out,
  )
  t.match(attacked.out, /fooled/, attacked.err)
  const scored = await blindspot(
    'score',
    out,
    '--models',
    model,
    other,
    '--noise',
    '0.1',
    '--png',
    '--out',
    out,
  )
  t.equal(scored.code, 0, scored.err)
  const ranked = await blindspot('rank', model, '--layer', 'hidden1', '--data', test, '--out', out)
  t.equal(ranked.code, 0, ranked.err)
  const reported = await blindspot('report', out)
  t.equal(reported.code, 0, reported.err)
  const page = readFileSync(join(out, 'report.html'), 'utf8')
  t.match(page, /kind\d\d → kind\d\d/, 'the names of the folders')
  t.match(page, /of 8 are kind\d\d/)
  const [figure] = readdirSync(join(out, 'figures')).filter((name) => name.endsWith('.png'))
  const { channels, data } = decode(readFileSync(join(out, 'figures', figure)))
  t.equal(channels, 3)
  t.ok(
    data.some((value, at) => at % 3 === 0 && Math.abs(value - data[at + 1]) > 60),
    'in colour',
  )
})

t.test('test images whose folders are others are refused', async (t) => {
  rmSync(join(images, 'test', 'kind03'), { recursive: true })
  const { code, err } = await blindspot('train', 'FC12(1e-2)', '--data', train, '--out', join(folder, 'none'))
  t.equal(code, 2, err)
  t.match(
    err,
    /expected the 12 classes of folder@split=train.*, got 11: class 3 is kind04, not kind03; make the same folders in both/,
  )
})
