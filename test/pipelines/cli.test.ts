import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { parseHTML } from 'linkedom'
import { heldTo, printedResults } from './jsonOutput.js'
import t, { type Test } from 'tap'
import { paper } from '../../pipelines/paper.js'
import { readArrow } from '../../sources/arrow.js'
import { readParquet } from '../../sources/parquet.js'
import { mnist, mnistBytes } from '../../sources/mnist.js'
import { readScores } from '../../sources/records.js'
import { inBrowser, skip } from '../browser.js'
import { all, cellsOf } from './page.js'
import { query, TABLE_3, TABLE_4 } from './recount.js'

const CLI = join(import.meta.dirname, '../../pipelines/cli.js')

interface Result {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const LIMIT = 12

const blindspot = (...args: string[]): Promise<Result> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], { maxBuffer: 2 ** 26 }, (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    )
  })

/** Ends a command the hard way. */
async function killedWhen(args: readonly string[], ready: () => boolean): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: 'ignore' })
  const timer = setInterval(() => {
    if (ready()) child.kill('SIGKILL')
  }, 20)
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  clearInterval(timer)
  if (signal !== 'SIGKILL') throw new Error(`it ended before it could be killed, with ${code}`)
}

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
  t.same(all(document, '#missing li'), [], 'a complete --quick is complete')
  t.match(
    document.querySelector('.did')?.textContent,
    /A complete quick run \(paper --quick\): .*not comparable with the paper/,
  )
  t.match(html, /blindspot paper --quick --literal --arrow --limit 12 --out/)
  await inBrowser(file, {}, async (page, seen) => {
    t.equal(await page.locator('#histogram svg').count(), 9)
    t.equal(await page.locator('#search svg').count(), 6)
    await page.selectOption('#model', 'FC200-200-10')
    await page.selectOption('#change', 'Gaussian noise, stddev 1')
    t.ok((await page.locator('.tile:visible').count()) > 10)
    t.same(seen, { errors: [], requests: [] })
  })
}

/** Files of the data set are those of its manifest, and its streams have as many rows. */
async function listed(t: Test, out: string, files: (table: string) => readonly string[]): Promise<void> {
  const written = ['models', 'training', 'examples', 'scores', 'searches', 'ranks', 'coherence', 'images']
  const there = written.flatMap((table) => files(table).map((file) => `${table}/${file}`))
  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as {
    files: { file: string }[]
  }
  t.same(there.sort(), manifest.files.map(({ file }) => file).sort(), 'the manifest lists what is there')
  for (const table of ['models', 'training', 'examples', 'scores', 'searches']) {
    let [streamed, stored] = [0, 0]
    for await (const batch of readArrow(join(out, 'arrow', `${table}.arrows`))) streamed += batch.numRows
    for await (const batch of readParquet(join(out, table), { columns: [] })) stored += batch.numRows
    t.equal(streamed, stored, `${table} as an Arrow stream, too`)
  }
}

/** Nothing is left to do; tables and figures are functions of the data set. */
async function repeated(t: Test, out: string): Promise<void> {
  const hashes = (folder: string) =>
    readdirSync(join(out, folder)).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(out, folder, name)))
        .digest('hex'),
    ])
  const [tables, figures] = [hashes('tables'), hashes('figures')]
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
  const curves = figures.filter(([name]) => name.endsWith('-accuracy.svg'))
  t.ok(curves.length > 0 && curves.length % 3 === 0, 'curves of accuracy in three norms')
  t.equal(
    figures.length - curves.length,
    6 + 10 + 9 + 6,
    'and a histogram of each network, a search of each of Table 1',
  )
  for (const folder of ['tables', 'figures', 'arrow', 'report.html'])
    rmSync(join(out, folder), { recursive: true })
  // the others are the page's
  const own = figures.filter(([name]) => name.endsWith('.png'))
  const again = await paper({
    ...{ out, quick: true, literal: true, limit: LIMIT, report: false },
    onProgress: ({ label }) => t.fail(`nothing is left to do, not ${label}`),
  })
  t.same([hashes('tables'), hashes('figures')], [tables, own])
  t.match(again, { arrow: [], report: { reason: 'not asked for' } })
  heldTo(t, 'paper', printedResults(again, { arrow: again.arrow }))
  t.same([existsSync(join(out, 'arrow')), existsSync(join(out, 'report.html'))], [false, false])

  const [, ...cells] = readFileSync(join(out, 'tables', 'table2.csv'), 'utf8')
    .trim()
    .split('\n')
  t.equal(cells.length, 8 * 6, 'six models and two noises, six victims')
  const fooled = cells.map((line) => line.split(',')).filter(([source, victim]) => source === victim)
  t.same(
    fooled.map((row) => row[5]),
    Array<string>(6).fill('1'),
    'read back from Parquet, every example still fools its model',
  )
  const noisy = new Map<string, number>()
  for await (const { kind, stddev, model, index } of readScores(join(out, 'scores')))
    if (kind === 'gaussian' && stddev === 1) noisy.set(model, (noisy.get(model) ?? 0) + index.length)
  t.same([...noisy.values()], Array<number>(6).fill(LIMIT), "the figures' noise was scored by six models")
}

t.test('the main job: killed, gone on with, repeated', async (t) => {
  const out = join(t.testdir(), 'out')
  const args = ['paper', '--quick', '--literal', '--arrow', '--limit', String(LIMIT), '--out', out]
  const files = (table: string) =>
    existsSync(join(out, table))
      ? readdirSync(join(out, table), { recursive: true, encoding: 'utf8' }).filter((file) =>
          file.endsWith('.parquet'),
        )
      : []
  await killedWhen(args, () => files('examples').length >= 2)
  t.equal(files('models').length, 9, 'the trainings were finished when the attacks began')
  const done = await blindspot(...args)
  t.equal(done.code, 0, done.err)
  t.notMatch(done.err, /train [^\s]+:/, 'and are not done again')
  t.match(done.out, /Table 1.*FC100-100-10.*Table 2.*gaussian 0\.3.*Table 3.*P2.*Table 4.*L2 0\.1/s)
  t.match(done.out, /FC10\(1\) is FC10-nobias\(1\): linear, without bias/)

  await t.test('Tables 3 and 4, recounted from the files', (t) => recounted(t, out, LIMIT))
  await t.test('the report of all of it', { skip }, (t) => reported(t, out))
  await t.test('what is there is listed, and there as a stream too', (t) => listed(t, out, files))
  await t.test('repeated', (t) => repeated(t, out))
})
