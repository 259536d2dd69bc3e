import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { parseHTML } from 'linkedom'
import t, { type Test } from 'tap'
import { readArrow } from '../../sources/arrow.js'
import { readParquet } from '../../sources/parquet.js'
import { mnist, mnistBytes } from '../../sources/mnist.js'
import { readExamples, readScores } from '../../sources/records.js'
import { inBrowser, skip } from '../browser.js'
import { all, cellsOf } from './page.js'
import { query, TABLE_3, TABLE_4 } from './recount.js'

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
  const weights = readFileSync(join(corrupt, 'weights.bin'))
  const nan = Buffer.alloc(weights.length, 0xff)
  const [was, is] = [weights, nan].map((bytes) => createHash('sha256').update(bytes).digest('hex'))
  const described = readFileSync(join(corrupt, 'model.json'), 'utf8')
  writeFileSync(join(corrupt, 'model.json'), described.replace(was, is))
  writeFileSync(join(corrupt, 'weights.bin'), nan)
  const sick = await blindspot('attack', corrupt, '--data', 'mnist:test', '--limit', '3', '--out', out)
  t.equal(sick.code, 1)
  t.match(sick.err, /3 of 3 rows failed since the network gave NaN or Infinity/)
  t.match(sick.out, /^0 examples, 3 failed, 0 skipped/m)
  writeFileSync(join(corrupt, 'model.json'), described)
  writeFileSync(join(corrupt, 'weights.bin'), weights.subarray(0, 100))
  const broken = await blindspot('evaluate', corrupt, '--data', 'mnist:test')
  t.equal(broken.code, 1)
  t.match(broken.err, /weights\.bin.*100/s)
})

/** The printed numbers are those of the files, and the files are of the images that they should be. */
async function recounted(t: Test, out: string, limit: number): Promise<void> {
  const names = ['FC100-100-10@P1', 'FC100-100-10@P2', 'FC123-456-10@P1']
  const third = await query(
    out,
    `select model, p1_error_n::int as p1_error_n, p1_error::double as p1_error, p2_error_n::int as p2_error_n,
      p2_error::double as p2_error, test_error_n::int as test_error_n, test_error::double as test_error,
      attacked::int as attacked, success::double as success, round(distortion, 12) as distortion
    from table3 order by model`,
  )
  t.same(await query(out, TABLE_3), third, 'Table 3')
  const sizes = { p1_error_n: 5000, p2_error_n: 5000, test_error_n: 10_000, attacked: limit, success: 1 }
  t.match(
    third,
    names.map((model) => ({ model, ...sizes })),
  )

  const fourth = await query(
    out,
    `select made_for, fed_to, round(distortion, 12) as distortion, n::int as n, errors::int as errors,
      error::double as error, clean_n::int as clean_n, clean_errors::int as clean_errors
    from table4 order by all`,
  )
  t.same(await query(out, TABLE_4), fourth, 'Table 4')
  const sources = names.flatMap((name) => [name, `${name}, L2 0.1`, `${name}, RMS 0.1`])
  const cells = [...sources, 'gaussian 0.06', 'gaussian 0.1'].flatMap((made_for) =>
    names.map((fed_to) => ({ made_for, fed_to, n: limit })),
  )
  t.match(fourth, cells, 'every row fed to every model')
  t.same(
    await query(
      out,
      `select made_for, error::double as error from table4
      where made_for in (fed_to, fed_to || ', L2 0.1') order by all`,
    ),
    names.flatMap((name) => [
      { made_for: name, error: 1 },
      { made_for: `${name}, L2 0.1`, error: 0 },
    ]),
    'every example fools its model, and none that is scaled down to an L2 norm of 0.1',
  )
  t.same(
    await query(
      out,
      `select distinct round(distortion * sqrt(784), 12) as l2 from table4 where made_for like '%L2%'`,
    ),
    [{ l2: 0.1 }],
  )
  t.same(
    await query(
      out,
      `with scored as (select source_model, dataset, split, index, label, target from scores where kind = 'adversarial'),
        made as (select source_model, dataset, split, index, label, target from examples
          where goal = 'random' and status = 'success')
      (from scored except from made) union all (from made except from scored)`,
    ),
    [],
    'scored is what was made',
  )
  t.same(
    await query(
      out,
      `select source_model, e.c = s.c and e.distortion = s.distortion and e.margin = s.margin as same
      from searches s join examples e using (source_model, dataset, split, index, label, target)
      where s.best and e.goal = 'random' order by all`,
    ),
    ['AE400-10', 'FC10(1)', 'FC10(1e-2)', 'FC10(1e-4)', 'FC100-100-10', 'FC200-200-10'].map(
      (source_model) => ({
        source_model,
        same: true,
      }),
    ),
    'each path on c ends where the attack did',
  )
  t.same(
    await query(out, `select model, architecture from models where model like 'FC10(%' order by 1`),
    ['1', '1e-2', '1e-4'].map((lambda) => ({
      model: `FC10(${lambda})`,
      architecture: `FC10-nobias(${lambda})`,
    })),
    'the names are the paper’s, the linear networks have no bias',
  )

  for (const half of ['P1', 'P2'] as const) {
    const [all, trained] = await Promise.all([
      mnistBytes('train', { half }),
      mnistBytes('train', { half, shuffle: 1, limit: 5000 }),
    ])
    const hashes = await query(out, `select distinct data_hash from models where model like '%@${half}'`)
    const pixels = createHash('sha256')
    await mnist('train', { half, shuffle: 1, limit: 5000 }).forEach(
      (batch) => void pixels.update(batch.pixels),
    )
    t.same(
      hashes,
      [{ data_hash: pixels.update(trained.label).digest('hex') }],
      `trained on images of ${half}`,
    )
    const shown = (await query(
      out,
      `select distinct index from scores where shown = 'clean ${half}' order by 1`,
    )) as { index: number }[]
    const seen = shown.map(({ index }) => index)
    t.same(
      seen,
      [...trained.index].sort((a, b) => a - b),
      'and scored on the same',
    )
    t.same(
      seen.filter((index) => !all.index.includes(index)),
      [],
    )
  }
}

/** The page has the numbers of the tables, and shows them without a word of complaint. */
async function reported(t: Test, out: string): Promise<void> {
  const file = join(out, 'report.html')
  const html = readFileSync(file, 'utf8')
  const compared: Record<string, number> = {}
  for (const name of ['table2', 'table4']) {
    const cells = cellsOf(html, name)
    const rows = parse<Record<string, string>>(readFileSync(join(out, 'tables', `${name}.csv`)), {
      columns: true,
    })
    for (const { made_for: row, fed_to: column, error, n } of rows) {
      const found = cells[row]
      t.equal(found[column][0], (100 * Number(error)).toFixed(1), `${name}: ${row} fed to ${column}`)
      t.equal(found['N'][0], n)
    }
    compared[name] = rows.length
    const { document } = parseHTML(html)
    const [, said] =
      /(\d+) of \d+ cells? differs? from/.exec(
        document.querySelector(`#${name} .verdict`)?.textContent ?? '',
      ) ?? []
    t.equal(
      all(document, `#${name} td abbr`).length,
      Number(said),
      `${name}: as many cells are marked as its sentence says`,
    )
  }
  for (const name of ['table1', 'table3']) {
    const cells = cellsOf(html, name)
    const rows = parse<Record<string, string>>(readFileSync(join(out, 'tables', `${name}.csv`)), {
      columns: true,
    })
    for (const { model, test_error, distortion, distortion_low, distortion_high, attacked } of rows) {
      const [low, high] = [distortion_low, distortion_high].map((value) => Number(value).toFixed(4))
      t.equal(cells[model]['test error %'][0], (100 * Number(test_error)).toFixed(2))
      const [ours, ...told] = cells[model]['average distortion']
      t.same(
        [ours, told.find((line) => line.includes('interval')), told.at(-1)],
        [Number(distortion).toFixed(4), `, 95 % interval ${low} to ${high}`, `N ${attacked}`],
      )
    }
    compared[name] = rows.length
  }
  t.same(compared, { table1: 6, table2: 8 * 6, table3: 3, table4: 11 * 3 })
  const { document } = parseHTML(html)
  t.same(
    all(document, '#missing li').map((line) => line.textContent),
    ['made with --quick: smaller training sets and few epochs, not comparable with the paper'],
  )
  t.match(html, /blindspot paper --quick --literal --limit 16 --out/)
  await inBrowser(file, {}, async (page, seen) => {
    t.equal(await page.locator('#histogram svg').count(), 9)
    t.equal(await page.locator('#search svg').count(), 6)
    await page.selectOption('#model', 'FC200-200-10')
    await page.selectOption('#change', 'Gaussian noise, stddev 1')
    t.ok((await page.locator('.tile:visible').count()) > 10)
    t.same(seen, { errors: [], requests: [] })
  })
}

t.test('the main job: interrupted, killed, gone on with, repeated', async (t) => {
  const out = join(t.testdir(), 'out')
  const args = ['paper', '--quick', '--literal', '--limit', '12', '--out', out]
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
  t.notMatch(done.err, /train [^@\s]+:/, 'and are not done again')
  t.match(done.out, /Table 1.*FC100-100-10.*Table 2.*gaussian 0\.3.*Table 3.*P2.*Table 4.*L2 0\.1/s)
  t.match(done.out, /FC10\(1\) is FC10-nobias\(1\): linear, without bias/)
  // but for the SQL, which names the steps that there are by then
  const tables = () =>
    ['table1', 'table2', 'table3', 'table4'].flatMap((name) =>
      ['csv', 'md'].map((form) =>
        readFileSync(join(out, 'tables', `${name}.${form}`), 'utf8').replace(/```sql[^]*/, ''),
      ),
    )
  const before = tables()
  const drawn = () =>
    readdirSync(join(out, 'figures')).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(out, 'figures', name)))
        .digest('hex'),
    ])
  const figures = drawn()
  t.same(
    figures.map(([name]) => name).filter((name) => name.endsWith('.png')),
    [
      ...['FC10-1e-4', 'FC200-200-10'].flatMap((name) =>
        ['noise', 'pairs', 'perturbations'].map((kind) => `${name}-${kind}.png`),
      ),
      ...['FC100-100-10-hidden1', 'FC100-100-10-hidden2', 'FC200-200-10-hidden1', 'FC200-200-10-hidden2']
        .concat('AE400-10-code')
        .flatMap((layer) => ['coherent', 'random'].map((kind) => `${layer}-${kind}.png`)),
    ].sort(),
  )
  t.equal(figures.length, 6 + 10 + 9 + 6, 'and a histogram of each network, a search of each of Table 1')
  const again = await blindspot(...args)
  t.equal(again.err, '', 'nothing is left to do')
  t.same(drawn(), figures, 'a figure is a function of the data set')
  const noisy = new Map<string, number>()
  for await (const { kind, stddev, model, index } of readScores(join(out, 'scores')))
    if (kind === 'gaussian' && stddev === 1) noisy.set(model, (noisy.get(model) ?? 0) + index.length)
  t.same([...noisy.values()], Array<number>(6).fill(12), 'the noise of the figures was scored by six models')
  t.same(tables(), before)
  const rows = before[2]
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  t.equal(rows.length, 1 + 8 * 6, 'six models and two noises, six victims')
  const own = rows.slice(1).filter(([source, victim]) => source === victim)
  t.ok(
    own.every((row) => row[5] === '1'),
    'read back from Parquet, every example still fools its model',
  )
  const manifest = () =>
    JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as {
      files: { table: string; file: string; sha256: string }[]
    }
  const first = manifest().files
  const more = await blindspot(...args.map((arg) => (arg === '12' ? '16' : arg)))
  t.notMatch(more.err, /train|clean/, 'a larger limit')
  const added = manifest().files.slice(first.length)
  t.same(manifest().files.slice(0, first.length), first, 'leaves what is there')
  t.same(
    ['examples', 'scores', 'models', 'searches'].map(
      (name) => added.filter(({ table }) => table === name).length,
    ),
    [6 + 6 + 3, 6 + 3 + 2 * 3 + 3 + 2, 0, 0],
    'and adds a file for each attack, each of its scores and each noise',
  )
  await t.test('Tables 3 and 4, recounted from the files', (t) => recounted(t, out, 16))

  await t.test('the report of all of it', { skip }, (t) => reported(t, out))

  const listed = manifest()
    .files.map(({ file }) => file)
    .sort()
  const written = ['models', 'training', 'examples', 'scores', 'searches', 'ranks', 'coherence', 'images']
  const there = written.flatMap((table) => files(table).map((file) => `${table}/${file}`))
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
  t.same(tables(), before, 'and a smaller limit gives what it gave')

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
