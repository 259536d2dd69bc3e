import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readArrow } from '../../sources/arrow.js'
import { readParquet } from '../../sources/parquet.js'
import { readExamples, readScores } from '../../sources/records.js'

const CLI = join(import.meta.dirname, '../../pipelines/cli.js')

interface Result {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const blindspot = (...args: string[]): Promise<Result> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], { maxBuffer: 2 ** 26 }, (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    )
  })

t.test('wrong calls exit with 2 and say what was expected', async (t) => {
  const folder = t.testdir({ 'cases.csv': 'index,target\n5,1\n6,x\n', 'other.csv': 'a,b\n1,2\n' })
  const calls: [string[], RegExp][] = [
    [['fly'], /unknown command 'fly'/],
    [['train', 'FC10'], /--out/],
    [['train', 'XX10', '--out', folder], /XX10.*FC100-100-10/s],
    [['train', 'FC10', '--seed', '-1', '--out', folder], /--seed.*whole number/],
    [['train', 'FC10', '--lambda', '1,2,3', '--out', folder], /λ|lambda/],
    [['evaluate', folder, '--data', 'cifar:test'], /mnist:train.*cifar:test/s],
    [['attack', folder, '--data', 'mnist:test', '--goal', 'nearest', '--out', folder], /--goal.*random/s],
    [['attack', folder, '--data', 'mnist:test', '--workers', '257', '--out', folder], /workers.*0 to 256/],
    [['paper', '--limit', '0'], /--limit.*at least 1/],
    [['paper', '--backend', 'cuda'], /--backend.*native, wasm, cpu/],
  ]
  const results = await Promise.all(calls.map(([args]) => blindspot(...args)))
  results.forEach(({ code, err }, i) => {
    t.equal(code, 2, calls[i][0].join(' '))
    t.match(err, calls[i][1])
  })
  for (const [file, message] of [
    ['cases.csv', /cases\.csv, row 2: target: expected a whole number from 0, got "x"/],
    ['other.csv', /other\.csv: expected columns index and target, got a, b/],
  ] as const) {
    const cases = join(folder, file)
    const result = await blindspot(
      'attack',
      folder,
      '--data',
      'mnist:test',
      '--cases',
      cases,
      '--out',
      folder,
    )
    t.equal(result.code, 1)
    t.match(result.err, message)
  }
  const help = await blindspot('--help')
  t.equal(help.code, 0)
  t.match(help.out, /paper.*train.*evaluate.*attack.*score.*setup/s)
})

t.test('train, evaluate, attack, score', async (t) => {
  const folder = t.testdir()
  const [model, other, out] = ['model', 'other', 'out'].map((name) => join(folder, name))
  const train = ['train', '--limit', '2000', '--iterations', '30', '--json', '--out']
  const [trained, second] = await Promise.all([
    blindspot(...train, model, 'FC10(1e-2)'),
    blindspot(...train, other, 'FC10', '--lambda', '1'),
  ])
  t.match([trained.code, second.code], [0, 0], trained.err + second.err)
  const record = JSON.parse(trained.out) as { testError: number; model: string }
  t.match(record, { model: 'FC10(1e-2)', images: 2000, testImages: 10_000 })
  t.ok(record.testError < 0.2)

  const evaluated = await blindspot('evaluate', model, other, '--data', 'mnist:test', '--json')
  const rows = evaluated.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { error: { value: number } })
  t.match(rows, [{ model: 'FC10(1e-2)', images: 10_000 }, { model: 'FC10(1)' }])
  t.equal(rows[0].error.value, record.testError, 'as the training said')

  const attack = ['attack', model, '--data', 'mnist:test', '--out', out, '--json', '--limit']
  const first = JSON.parse((await blindspot(...attack, '100')).out) as { success: number; files: string[] }
  const more = JSON.parse((await blindspot(...attack, '200')).out) as { success: number; files: string[] }
  t.equal(first.files.length, 1)
  t.equal(more.files.length, 2, 'a larger limit adds a file')
  t.same(
    JSON.parse((await blindspot(...attack, '100')).out),
    { ...first, files: more.files },
    'of the images asked for',
  )
  const index: number[] = []
  for await (const batch of readExamples(more.files)) index.push(...batch.index)
  t.same(
    index,
    Array.from({ length: 200 }, (_, i) => i),
    'each image once, in order',
  )

  const namesake = [
    'attack',
    other,
    '--name',
    'FC10(1e-2)',
    '--data',
    'mnist:test',
    '--limit',
    '2',
    '--out',
    out,
  ]
  t.match(await blindspot(...namesake), {
    code: 2,
    err: /examples of another model that is called FC10\(1e-2\)/,
  })

  writeFileSync(join(folder, 'cases.csv'), 'index,target\n3,1\n0,2\n3,5\n')
  const cases = [
    'attack',
    model,
    '--data',
    'mnist:test',
    '--cases',
    join(folder, 'cases.csv'),
    '--out',
    join(folder, 'cases'),
  ]
  t.equal((await blindspot(...cases)).code, 0)
  const pairs: number[][] = []
  for await (const batch of readExamples(join(folder, 'cases', 'examples'))) {
    batch.index.forEach((at, row) => pairs.push([at, batch.target[row]]))
  }
  t.same(
    pairs,
    [
      [0, 2],
      [3, 1],
      [3, 5],
    ],
    'exactly these',
  )

  const scored = await blindspot(
    'score',
    out,
    '--models',
    model,
    other,
    '--noise',
    '0.1',
    '0.3',
    '0.3',
    '--amplify',
    '0.1',
    '--out',
    out,
  )
  t.equal(scored.code, 0, scored.err)
  t.match(scored.out, /FC10\(1e-2\).*adversarial.*100\.0/)
  const kinds = new Map<string, number>()
  for await (const { kind, model: victim, index: seen } of readScores(join(out, 'scores'))) {
    kinds.set(`${kind} ${victim}`, (kinds.get(`${kind} ${victim}`) ?? 0) + seen.length)
  }
  const expected = ['adversarial', 'amplified', 'gaussian'].flatMap((kind) =>
    ['FC10(1e-2)', 'FC10(1)'].map((victim) => [
      `${kind} ${victim}`,
      kind === 'gaussian' ? 2 * more.success : more.success,
    ]),
  )
  t.same([...kinds], expected)

  const missing = await blindspot('score', join(folder, 'nowhere'), '--models', model, '--out', out)
  t.equal(missing.code, 1)
  t.match(missing.err, 'nowhere')
  const corrupt = join(folder, 'corrupt')
  await blindspot(...train, corrupt, 'FC10')
  writeFileSync(join(corrupt, 'weights.bin'), readFileSync(join(corrupt, 'weights.bin')).subarray(0, 100))
  const broken = await blindspot('evaluate', corrupt, '--data', 'mnist:test')
  t.equal(broken.code, 1)
  t.match(broken.err, /weights\.bin.*100/s)
})

t.test('the main job: interrupted, killed, gone on with, repeated', async (t) => {
  const out = join(t.testdir(), 'out')
  const args = ['paper', '--quick', '--limit', '12', '--out', out]
  const stopWhen = (signal: NodeJS.Signals, ready: () => boolean) =>
    new Promise<Result>((resolve) => {
      const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
      let [text, err] = ['', '']
      child.stdout.on('data', (data: Buffer) => (text += data.toString()))
      child.stderr.on('data', (data: Buffer) => (err += data.toString()))
      let sent = false
      const timer = setInterval(() => {
        if (!sent && ready()) sent = child.kill(signal)
      }, 50)
      child.on('exit', (code) => {
        clearInterval(timer)
        resolve({ code, out: text, err })
      })
    })
  const files = (table: string) =>
    existsSync(join(out, table))
      ? readdirSync(join(out, table), { recursive: true, encoding: 'utf8' }).filter((file) =>
          file.endsWith('.parquet'),
        )
      : []
  const interrupted = await stopWhen('SIGINT', () => files('models').length >= 1)
  t.equal(interrupted.code, 130, interrupted.err)
  t.match(interrupted.err, /goes on/)
  await stopWhen('SIGKILL', () => files('examples').length >= 2)
  const left = files('models').length
  const done = await blindspot(...args)
  t.equal(done.code, 0, done.err)
  t.equal(left, 6, 'the trainings were finished when the attacks began')
  t.notMatch(done.err, /train/, 'and are not done again')
  t.match(done.out, /Table 1.*FC100-100-10.*Table 2.*gaussian 0\.3/s)
  const tables = (name: string) => readFileSync(join(out, 'tables', name), 'utf8')
  const before = [tables('table1.csv'), tables('table2.csv'), tables('table1.md'), tables('table2.md')]
  const drawn = () =>
    readdirSync(join(out, 'figures')).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(out, 'figures', name)))
        .digest('hex'),
    ])
  const figures = drawn()
  t.same(
    figures.map(([name]) => name),
    ['FC10-1e-4', 'FC200-200-10'].flatMap((name) =>
      ['noise', 'pairs', 'perturbations'].map((kind) => `${name}-${kind}.png`),
    ),
  )
  const again = await blindspot(...args)
  t.equal(again.err, '', 'nothing is left to do')
  t.same(drawn(), figures, 'a figure is a function of the data set')
  const noisy = new Map<string, number>()
  for await (const { kind, stddev, model, index } of readScores(join(out, 'scores')))
    if (kind === 'gaussian' && stddev === 1) noisy.set(model, (noisy.get(model) ?? 0) + index.length)
  t.same([...noisy.values()], Array<number>(6).fill(12), 'the noise of the figures was scored by six models')
  t.same([tables('table1.csv'), tables('table2.csv'), tables('table1.md'), tables('table2.md')], before)
  const rows = before[1]
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  t.equal(rows.length, 1 + 8 * 6, 'six models and two noises, six victims')
  const own = rows.slice(1).filter(([source, victim]) => source === victim)
  t.ok(
    own.every((row) => row[5] === '1'),
    'read back from Parquet, every example still fools its model',
  )
  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as {
    files: { file: string }[]
  }
  const listed = manifest.files.map(({ file }) => file).sort()
  const there = ['models', 'training', 'examples', 'scores', 'searches'].flatMap((table) =>
    files(table).map((file) => `${table}/${file}`),
  )
  t.same(there.sort(), listed, 'the manifest lists what is there')
  for (const table of ['models', 'training', 'examples', 'scores', 'searches'] as const) {
    let streamed = 0
    for await (const batch of readArrow(join(out, 'arrow', `${table}.arrows`))) streamed += batch.numRows
    let stored = 0
    for await (const batch of readParquet(join(out, table), { columns: [] })) stored += batch.numRows
    t.equal(streamed, stored, `${table} as an Arrow stream, too`)
  }

  const networks = join(out, 'networks')
  cpSync(join(networks, 'FC10(1)'), join(networks, 'FC10(1e-2)'), { recursive: true })
  const healed = await blindspot(...args)
  t.match(healed.err, /train FC10\(1e-2\)/, 'a network that is not the recorded one is trained again')
  t.same([tables('table1.csv'), tables('table2.csv'), tables('table1.md'), tables('table2.md')], before)

  const damaged = files('examples').map((file) => join(out, 'examples', file))[0]
  const bytes = readFileSync(damaged)
  bytes[Math.floor(bytes.length / 2)] ^= 0x55
  writeFileSync(damaged, bytes)
  const scoring = await blindspot('score', out, '--models', join(networks, 'FC10(1)'), '--out', `${out}2`)
  t.equal(scoring.code, 1)
  t.match(scoring.err, /part-.*is not what was committed.*SHA-256/s)
  const other = await blindspot('paper', '--quick', '--seed', '2', '--out', out)
  t.equal(other.code, 2)
  t.match(other.err, /holds the results of seed 1.*--out/)
})
