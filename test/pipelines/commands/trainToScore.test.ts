import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readExamples, readScores } from '../../../sources/records.js'
import { blindspot } from '../commandLine.js'
import { writeImages } from '../smallImages.js'

const COUNT = 200
const folder = t.testdir()
const [model, other, corrupt, out] = ['model', 'other', 'corrupt', 'out'].map((name) => join(folder, name))
const data = writeImages(join(folder, 'images'), 1, COUNT)
const [images, test] = [`mnist@${data}:train`, `mnist@${data}:test`]
const train = ['train', '--data', images, '--limit', '60', '--iterations', '30', '--json', '--out']
const attack = (path: string) => ['attack', path, '--data', test, '--workers', '0', '--out']

interface Attacked {
  readonly success: number
  readonly files: string[]
}

t.test('train and evaluate', async (t) => {
  const trained = await blindspot(...train, model, 'FC3(1e-2)')
  const second = await blindspot(...train, other, 'FC3', '--lambda', '1')
  t.match([trained.code, second.code], [0, 0], trained.err + second.err)
  const record = JSON.parse(trained.out) as { test_error: number; model: string }
  t.match(record, { model: 'FC3(1e-2)', images: 60, test_images: COUNT })
  t.ok(record.test_error < 0.2)

  const again = await blindspot(...train.filter((word) => word !== '--json'), model, 'FC3(1e-2)')
  t.match(
    again.out,
    /train error [\d.]+ % \[[\d.]+, [\d.]+\] of 60, test error [\d.]+ % \[[\d.]+, [\d.]+\] of 200, /,
  )

  const evaluated = await blindspot('evaluate', model, other, '--data', test, '--json')
  const rows = evaluated.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { error: { value: number } })
  t.match(rows, [{ model: 'FC3(1e-2)', images: COUNT }, { model: 'FC3(1)' }])
  t.equal(rows[0].error.value, record.test_error, 'as the training said')
})

let examples: Attacked

t.test('attack', async (t) => {
  const some = async (limit: number) =>
    JSON.parse((await blindspot(...attack(model), out, '--json', '--limit', String(limit))).out) as Attacked
  const first = await some(20)
  examples = await some(40)
  t.equal(first.files.length, 1)
  t.equal(examples.files.length, 2, 'a larger limit adds a file')
  t.same(await some(20), { ...first, files: examples.files }, 'of the images asked for')
  const index: number[] = []
  for await (const batch of readExamples(examples.files)) index.push(...batch.index)
  t.same(
    index,
    Array.from({ length: 40 }, (_, i) => i),
    'each image once, in order',
  )

  t.match(await blindspot(...attack(other), out, '--name', 'FC3(1e-2)', '--limit', '2'), {
    code: 2,
    err: /examples of another model that is called FC3\(1e-2\)/,
  })

  const [file, cases] = [join(folder, 'cases.csv'), join(folder, 'cases')]
  writeFileSync(file, 'index,target\n3,1\n2,0\n3,2\n')
  t.match(await blindspot(...attack(model), cases, '--cases', file), { code: 0 })
  const pairs: number[][] = []
  for await (const batch of readExamples(join(cases, 'examples')))
    batch.index.forEach((at, row) => pairs.push([at, batch.target[row]]))
  t.same(
    pairs,
    [
      [2, 0],
      [3, 1],
      [3, 2],
    ],
    'exactly these',
  )
  for (const [text, err] of [
    ['index,target\n5,1\n6,x\n', /cases\.csv, row 2: target: expected a whole number from 0, got "x"/],
    ['a,b\n1,2\n', /cases\.csv: expected columns index and target, got a, b/],
  ] as const) {
    writeFileSync(file, text)
    t.match(await blindspot(...attack(model), cases, '--cases', file), { code: 1, err })
  }
  for (const [text, err] of [
    ['index,target\n5,1\n6,3\n', /cases\.csv, row 2: expected a class of the model, from 0 to 2, got 3/],
    ['index,target\n5,1\n\n6000,1\n', /cases\.csv, row 2: index 6000 is not in mnist@/],
  ] as const) {
    writeFileSync(file, text)
    const none = join(folder, 'no', 'cases')
    t.match(await blindspot(...attack(model), none, '--cases', file), { code: 2, err })
    t.notOk(existsSync(join(folder, 'no')), 'nothing is left')
  }
})

t.test('attack several models, with several seeds, by several methods', async (t) => {
  const many = join(folder, 'many')
  const all = (...more: string[]) =>
    blindspot(
      'attack',
      model,
      other,
      join(model, 'model.json'),
      '--data',
      test,
      '--workers',
      '0',
      '--limit',
      '30',
      '--out',
      many,
      ...more,
    )
  const told = await all('--seeds', '1..2,5', '--json')
  t.equal(told.code, 0, told.err)
  interface Line {
    readonly run: string
    readonly accuracy: readonly { norm: string; epsilon: number; correct: number; accuracy: { n: number } }[]
  }
  const lines = told.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  t.match(
    lines,
    ['FC3(1e-2)', 'FC3(1)'].flatMap((name) =>
      [1, 2, 5].map((seed) => ({
        ...{ source_model: name, method: 'l-bfgs', goal: 'random', seed },
        options: seed === 1 ? '' : `seed=${seed}`,
      })),
    ),
    'a line for each model and seed, a model by two paths once',
  )
  t.equal(new Set(lines.map(({ run }) => run)).size, 6, 'each is a run of its own')
  for (const { accuracy } of lines)
    t.ok(accuracy.some((one) => one.norm === 'linf' && one.epsilon === 0 && one.accuracy.n === 30))
  const rows = new Map<string, number>()
  for await (const batch of readExamples(join(many, 'examples')))
    rows.set(batch.run, (rows.get(batch.run) ?? 0) + batch.index.length)
  t.same([...rows.values()], [30, 30, 30, 30, 30, 30])

  const table = await all('--method', 'deepfool')
  t.match(table.out, /FC3\(1e-2\) .*deepfool, untargeted.*FC3\(1\) .*deepfool, untargeted/s)
  t.match(table.out, /accuracy,.*within L2/s)
  const one = await blindspot(
    ...attack(model),
    many,
    '--limit',
    '30',
    '--method',
    'ddn',
    '--iterations',
    '10',
  )
  t.match(
    one.out,
    /\d+ examples?, .*fooled.*\naccuracy \d+\.\d % \[.*\] without, of perturbations in L2 .* within /,
  )
  const summary = await blindspot(...attack(model), many, '--limit', '30', '--seed', '5', '--json')
  // its budgets are those about its own distances
  const { accuracy, ...same } = lines[2]
  t.match(
    JSON.parse(summary.out),
    { ...same, accuracy: [accuracy[0]] },
    'a seed by itself is the same attack',
  )
})

t.test('score', async (t) => {
  const noise = ['--noise', '0.1', '0.3', '0.3', '--amplify', '0.1']
  const victims = [model, join(model, 'model.json'), other]
  const scored = await blindspot('score', out, '--models', ...victims, ...noise, '--out', out)
  t.equal(scored.code, 0, scored.err)
  t.match(scored.err, /score adversarial FC3\(1e-2\), l-bfgs, random: /, 'whose examples are shown')
  t.match(scored.out, /FC3\(1e-2\).*adversarial.*100\.0/)
  const kinds = new Map<string, number>()
  for await (const { kind, model: victim, index: seen } of readScores(join(out, 'scores')))
    kinds.set(`${kind} ${victim}`, (kinds.get(`${kind} ${victim}`) ?? 0) + seen.length)
  const expected = ['adversarial', 'amplified', 'gaussian'].flatMap((kind) =>
    ['FC3(1e-2)', 'FC3(1)'].map((victim) => [
      `${kind} ${victim}`,
      kind === 'gaussian' ? 2 * examples.success : examples.success,
    ]),
  )
  t.same([...kinds], expected)

  const stored = ['--png', '--jpeg', '95', '5', '5']
  const scoredStored = await blindspot('score', out, '--models', model, ...stored, '--out', out)
  t.equal(scoredStored.code, 0, scoredStored.err)
  t.match(scoredStored.out, /Survival: .*float32 .*PNG .*JPEG 95 .*JPEG 5 .*FC3\(1e-2\) .*100\.0 .*target/s)
  const qualities: string[] = []
  for await (const { kind, quality, prediction, label, error } of readScores(join(out, 'scores'))) {
    if (kind !== 'png' && kind !== 'jpeg') continue
    qualities.push(`${kind} ${quality}, ${error.length}`)
    t.same(
      [...error],
      [...prediction].map((k, row) => Number(k !== label[row])),
    )
  }
  const count = String(examples.success)
  t.same(qualities.sort(), [`jpeg 5, ${count}`, `jpeg 95, ${count}`, `png -1, ${count}`])
  t.match(await blindspot('score', out, '--models', model, '--jpeg', '101', '--out', out), {
    code: 2,
    err: /--jpeg <quality\.\.\.>.* from 1 to 100/,
  })

  const clean = join(folder, 'clean')
  const ofSource = [
    'score',
    '--data',
    test,
    '--models',
    model,
    other,
    '--noise',
    '0.2',
    '--limit',
    '7',
  ] as const
  t.match(await blindspot(...ofSource, '--out', clean), { code: 0, out: /clean.*gaussian 0\.2/s })
  const shown: string[] = []
  for await (const { kind, model: victim, index: seen } of readScores(join(clean, 'scores')))
    shown.push(`${kind} ${victim} ${seen.length}`)
  t.same(
    shown.sort(),
    ['clean', 'gaussian'].flatMap((kind) => ['FC3(1)', 'FC3(1e-2)'].map((victim) => `${kind} ${victim} 7`)),
  )
  for (const [call, err] of [
    [['score', '--models', model], /expected examples or --data, got neither/],
    [['score', out, '--data', test, '--models', model], /expected examples or --data, got both/],
    [['score', '--data', test, '--models', model, '--png'], /--png: is of examples/],
  ] as const)
    t.match(await blindspot(...call, '--out', clean), { code: 2, err })

  t.match(await blindspot('score', join(folder, 'nowhere'), '--models', model, '--out', out), {
    code: 2,
    err: /nowhere/,
  })
  const [damaged] = examples.files
  const bytes = readFileSync(damaged)
  bytes[Math.floor(bytes.length / 2)] ^= 0x55
  writeFileSync(damaged, bytes)
  t.match(await blindspot('score', out, '--models', other, '--out', join(folder, 'scored')), {
    code: 1,
    err: /part-.*is not what was committed.*SHA-256/s,
  })
})

t.test('a network with weights that are no numbers, and one that is cut off', async (t) => {
  await blindspot(...train, corrupt, 'FC3')
  const [json, binary] = ['model.json', 'weights.bin'].map((name) => join(corrupt, name))
  const [described, weights] = [readFileSync(json, 'utf8'), readFileSync(binary)]
  const nan = Buffer.alloc(weights.length, 0xff)
  const [was, is] = [weights, nan].map((bytes) => createHash('sha256').update(bytes).digest('hex'))
  writeFileSync(json, described.replace(was, is))
  writeFileSync(binary, nan)
  t.match(await blindspot(...attack(corrupt), join(folder, 'sick'), '--limit', '3'), {
    code: 1,
    err: /the weight ".*" has NaN, at place 0 of/,
    out: '',
  })
  writeFileSync(json, described)
  writeFileSync(binary, weights.subarray(0, 100))
  t.match(await blindspot('evaluate', corrupt, '--data', test), { code: 1, err: /weights\.bin.*100/s })
})
