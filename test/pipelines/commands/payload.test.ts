import { join } from 'node:path'
import t from 'tap'
import { attackStep, loadClassifier, openLake, stepIdentity } from 'blindspot'
import { parquetMetadata } from '../../../sources/parquet.js'
import { readExamples } from '../../../sources/records.js'
import { blindspot } from '../commandLine.js'
import { writeImages } from '../smallImages.js'

const folder = t.testdir()
const model = join(folder, 'model')
const data = `mnist@${writeImages(join(folder, 'images'), 1, 90)}:test`

interface Attacked {
  readonly success: number
  readonly files: readonly string[]
  readonly survived?: {
    readonly payload: string
    readonly examples: number
    readonly images: number
    readonly fooling: number
  }
}

t.test('a network', async (t) => {
  const trained = await blindspot(
    'train',
    'FC3(1e-2)',
    '--data',
    data.replace(':test', ':train'),
    '--iterations',
    '30',
    '--out',
    model,
  )
  t.equal(trained.code, 0, trained.err)
})

for (const payload of ['float32', 'float16', 'uint8'] as const)
  t.test(`examples as ${payload} are classified again as they are read`, async (t) => {
    const out = join(folder, payload)
    const call = [
      'attack',
      model,
      '--data',
      data,
      '--workers',
      '0',
      '--limit',
      '60',
      '--payload',
      payload,
      '--out',
      out,
    ]
    const some = await blindspot(...call.map((word) => (word === '60' ? '20' : word)), '--json')
    t.equal(some.code, 0, some.err)
    const result = await blindspot(...call, '--json', '--compression', 'snappy', '--row-group-size', '7')
    const attacked = JSON.parse(result.out) as Attacked
    t.equal(attacked.files.length, 2)
    if (payload === 'float32') return t.equal(attacked.survived, undefined)

    // what is read is asked of the network here, with nothing that the step has counted by
    const network = await loadClassifier(model)
    let [examples, fooling] = [0, 0]
    for await (const { status, label, adversarial } of readExamples([...attacked.files])) {
      const logits = network.logits(adversarial)
      for (let row = 0; row < label.length; row++) {
        if (status[row] !== 0) continue
        examples++
        const own = Array.from(logits.subarray(3 * row, 3 * row + 3))
        if (own.indexOf(Math.max(...own)) !== label[row]) fooling++
      }
    }
    t.ok(fooling > 0)
    if (payload === 'uint8') t.ok(fooling < examples, `${fooling} of ${examples} survive`)
    t.equal(examples, attacked.success)
    t.same(attacked.survived, { payload, examples, images: examples, fooling })
    const metadata = await parquetMetadata(attacked.files[1])
    t.same([metadata.keyValues.get('blindspot.payload'), metadata.rowGroups], [payload, 6])

    const said = await blindspot(...call)
    t.match(
      said.out,
      new RegExp(
        `as ${payload} ${fooling} of ${examples} examples still fool it \\(\\d+ % \\[\\d+, \\d+\\]\\)`,
      ),
    )
    t.equal((await openLake(out)).folder, out)
    const scored = await blindspot('score', out, '--models', model, '--json', '--out', out)
    t.equal(scored.code, 0, scored.err)
    const lines = scored.out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { readonly kind: string; readonly error: { value: number } })
    const found = lines.find(({ kind }) => kind === 'adversarial')
    t.equal(found?.error.value, fooling / examples, 'a scoring of the files finds the same')
    const page = await blindspot('report', out)
    t.equal(page.code, 0, page.err)
  })

t.test('float32 leaves the identity of a run as it was, others are runs of their own', async (t) => {
  const of = (payload?: 'float32' | 'uint8') =>
    stepIdentity(
      folder,
      attackStep({ model: { path: model }, images: { source: data }, ...(payload && { payload }) }),
    )
  t.equal(await of(), await of('float32'))
  t.not(await of(), await of('uint8'))
})

t.test('wrong ways to write', async (t) => {
  const call = ['attack', model, '--data', data, '--out', join(folder, 'wrong')]
  for (const [option, value] of [
    ['--payload', 'int4'],
    ['--compression', 'lzo'],
    ['--row-group-size', '0'],
  ] as const)
    t.match(await blindspot(...call, option, value), { code: 2, err: new RegExp(option) })
})
