import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { lastValueFrom } from 'rxjs'
import t from 'tap'
import { ArrowWriter, openLake, parseSource, readArrow, readRecords, TABLES, toArrowStream } from 'blindspot'
import { fixture } from '../../oracle/optima.js'
import { python } from '../../python.js'
import { collect } from '../../sinks/records.js'

const CLI = join(import.meta.dirname, '../../../pipelines/cli.js')
const folder = t.testdir({ tmp: {} })
const model = resolve(fixture('FC48-10'))
const temporary = join(folder, 'tmp')
/** Where the command keeps what is piped in is a folder of the test's own. */
const env = { ...process.env, TMPDIR: temporary }

interface Result {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A pipe as a shell runs it; `blindspot` in it is ours. */
const shell = (script: string): Promise<Result> =>
  new Promise((resolve) => {
    const text = `blindspot() { "${process.execPath}" "${CLI}" "$@"; }\n${script}`
    const child = execFile('bash', ['-o', 'pipefail', '-c', text], { env, cwd: folder }, (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    )
  })

const attack = `blindspot attack ${model} --data mnist:test --backend wasm --workers 0`

t.test('the rows of a data set, down a pipe', async (t) => {
  const [piped, kept] = [join(folder, 'piped.arrows'), join(folder, 'kept')]
  const made = await shell(`${attack} --limit 300 --out - > ${piped}`)
  t.match(made, { code: 0, out: '', err: /300 rows of examples to standard output, 29\d success/ })
  t.match(await shell(`${attack} --limit 300 --out ${kept}`), { code: 0 })
  const rows = (await collect(readArrow(piped))).flatMap((batch) => TABLES.examples.fromArrow(batch))
  const files = (await (await openLake(kept)).files({ table: 'examples' })).map(({ path }) => path)
  const expected = await collect(readRecords('examples', files))
  const plain = (some: typeof rows) =>
    some.flatMap(({ run, index, adversarialPrediction, distortion }) =>
      Array.from(index, (at, row) => [run, at, adversarialPrediction[row], distortion[row]]),
    )
  t.same(plain(rows), plain(expected), 'the same rows, with the run of the step')

  const several = join(folder, 'several.arrows')
  const linear = resolve(fixture('linear'))
  const two = `blindspot attack ${model} ${linear} --data mnist:test --backend wasm --workers 0 --limit 4`
  t.match(await shell(`${two} --seeds 1,2 --out - > ${several}`), { code: 0, err: /16 rows of examples/ })
  const streamed = (await collect(readArrow(several))).flatMap((batch) => TABLES.examples.fromArrow(batch))
  t.same(
    [...new Set(streamed.map(({ sourceModel, options = '' }) => `${sourceModel} ${options}`))],
    ['FC48-10 ', 'FC48-10 seed=2', 'linear ', 'linear seed=2'],
    'all models and seeds in one stream',
  )

  const json = await shell(`${attack} --limit 3 --json --out - > /dev/null`)
  t.match(JSON.parse(json.err), { table: 'examples', rows: 3 })
})

const found = python(['pyarrow'])
t.test('Python reads it as it comes', { skip: 'skip' in found && found.skip }, async (t) => {
  if (!('path' in found)) return
  writeFileSync(
    join(folder, 'count.py'),
    'import sys, pyarrow\nwith pyarrow.ipc.open_stream(sys.stdin.buffer) as stream:\n  table = stream.read_all()\n' +
      'print(table.num_rows, table["distortion"].null_count, len(table["adversarial"][0]), table.schema.metadata[b"shape"])',
  )
  const { out, err } = await shell(`${attack} --limit 50 --out - | ${found.path} count.py`)
  t.match(out, /^50 \d 784 b'\[28,28,1\]'/, err)
  const ranks = `blindspot rank ${model} --layer hidden1 --data mnist:test --limit 100 --directions units --top 8 --backend wasm --out -`
  writeFileSync(
    join(folder, 'ranks.py'),
    'import sys, pyarrow\nprint(pyarrow.ipc.open_stream(sys.stdin.buffer).read_all().num_rows)',
  )
  const ranked = await shell(`${ranks} | ${found.path} ranks.py`)
  t.match(ranked.out, /^[1-9]\d+\n$/, ranked.err)
})

t.test('from one command to the next', async (t) => {
  const scored = await shell(
    `${attack} --limit 40 --out - | blindspot score - --models ${model} --noise 0.2 --backend wasm --out scored`,
  )
  t.match(scored, { code: 0, out: /adversarial.*100\.0.*gaussian 0\.2/s }, scored.err)
  const kinds = new Map<string, number>()
  for (const { path } of await (await openLake(join(folder, 'scored'))).files({ table: 'scores' }))
    for await (const { kind, index } of readRecords('scores', path))
      kinds.set(kind, (kinds.get(kind) ?? 0) + index.length)
  t.same([...kinds.keys()].sort(), ['adversarial', 'gaussian'])
  t.equal(kinds.get('adversarial'), kinds.get('gaussian'))

  const both = await shell(
    `${attack} --limit 40 --out - | blindspot evaluate ${model} --data arrow@adversarial:- --backend wasm --json`,
  )
  t.match(JSON.parse(both.out), { images: kinds.get('adversarial'), error: { value: 1 } }, both.err)
  const clean = await shell(
    `${attack} --limit 40 --out - | blindspot evaluate ${model} --data - --backend wasm --out - | wc -c`,
  )
  t.match(clean, { code: 0, err: /40 rows of scores/ })
  t.ok(Number(clean.out) > 40)

  // what is piped in is the same as the file, and twice the same
  const file = join(folder, 'images.arrows')
  await shell(`${attack} --limit 20 --out - > ${file}`)
  const evaluate = (data: string) =>
    shell(`blindspot evaluate ${model} --data ${data} --backend wasm --out clean --json`)
  t.match([await evaluate(`- < ${file}`), await evaluate(`arrow:${file}`)], [{ code: 0 }, { code: 0 }])
  const of = await (await openLake(join(folder, 'clean'))).files({ table: 'scores' })
  t.equal(
    of.reduce((sum, { rows }) => sum + rows, 0),
    20,
    'nothing was made again',
  )
  t.same(readdirSync(temporary), [], 'nothing is left of what was piped in')
})

t.test('a reader that leaves, and one that is slow', async (t) => {
  const left = await shell(`${attack} --out - | head -c 100 | wc -c`)
  t.match(left, { code: 0, out: /^100\n/, err: /rows of examples to standard output/ })
  t.notMatch(left.err, /^ +at /m, 'no trace')

  const args = ['attack', model, '--data', 'mnist:test', '--backend', 'wasm', '--workers', '0', '--out', '-']
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
  let err = ''
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  const ended = once(child, 'close')
  await once(child.stdout, 'readable')
  child.stdout.read()
  // 10,000 images take longer: they are held up by who does not read, and an interruption is heard all the same
  const race = await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve('held'), 1500))])
  t.equal(race, 'held')
  child.kill('SIGTERM')
  child.stdout.resume()
  const [code] = (await ended) as [number | null]
  t.equal(code, 130)
  t.match(err, /interrupted; the stream on standard output ends after \d+ rows.* begins anew/)
})

t.test('what cannot be piped', async (t) => {
  const images = join(folder, 'three.arrows')
  const writer = new ArrowWriter(images)
  await writer.write(
    TABLES.images.toArrow({
      ...{ dataset: 'mine', split: 'all', shape: [28, 28, 1] },
      ...{ index: Int32Array.of(0, 1, 2), label: Int32Array.of(0, 1, 2) },
      pixels: new Float32Array(3 * 784),
    }),
  )
  await writer.close()
  const evaluate = `blindspot evaluate ${model} --backend wasm --data`
  const cases: [string, number, RegExp][] = [
    [`${evaluate} - < ${images}`, 0, /^$/],
    [`${evaluate} - < /dev/null`, 1, /standard input: expected an Arrow stream, got nothing/],
    [`echo hello, world | ${evaluate} -`, 1, /standard input: expected an Arrow stream, .*hello/],
    [
      `head -c 3000 ${images} | ${evaluate} -`,
      1,
      /standard input: the Arrow stream was cut off after 3000 bytes/,
    ],
    [`head -c 5 ${images} | ${evaluate} -`, 1, /standard input: the Arrow stream was cut off after 5 bytes/],
    [`${evaluate} - < ${folder}`, 1, /standard input: expected an Arrow stream, got nothing/],
    [`${evaluate} parquet:- < ${images}`, 2, /expected Arrow on standard input, arrow:-/],
    [`blindspot score - --models ${model} --out s < ${images}`, 2, /has no column/],
    [
      `blindspot train FC10 --out -`,
      2,
      /expected a folder, got standard output; \.\/- is a folder of that name/,
    ],
    [
      `script -qec "'${process.execPath}' '${CLI}' evaluate ${model} --backend wasm --data mnist:test --out -" /dev/null`,
      2,
      /--out -: expected a pipe or a file for the rows of scores, got a terminal/,
    ],
    [
      `script -qec "'${process.execPath}' '${CLI}' evaluate ${model} --backend wasm --data -" /dev/null`,
      2,
      /standard input: expected an Arrow stream, got a terminal/,
    ],
    [
      `${attack} --out - --table-format delta > /dev/null`,
      2,
      /--table-format: is of the data set that --out names/,
    ],
    [`${attack} --limit 300 --out - > /dev/full`, 1, /standard output cannot be written to: .*ENOSPC/],
  ]
  for (const [script, code, told] of cases) {
    if (script.includes('/dev/full') && !existsSync('/dev/full')) continue
    if (script.startsWith('script') && !existsSync('/usr/bin/script')) continue
    const result = await shell(script)
    t.match(result, { code }, `${script}: ${result.err}`)
    if (code !== 0) t.match(result.err + result.out, told)
    t.notMatch(result.err, /^ +at /m, 'no trace')
  }
  t.same(readdirSync(temporary), [], 'nothing is left of what was piped in')
})

t.test('in code', async (t) => {
  const { attackStep, stepRows } = await import('blindspot')
  const step = attackStep({ model: { path: model }, images: { source: 'mnist:test' } })
  await t.rejects(lastValueFrom(stepRows(step, 'ranks')), {
    code: 'bad-option',
    message: /examples, errors, got ranks/,
  })
  let [rows, bytes] = [0, 0]
  const effort = { limit: 10, workers: 0, backend: 'wasm' } as const
  const made = stepRows(step, 'examples', effort)
  await new Promise<void>((resolve, reject) =>
    made.subscribe({ next: ({ index }) => (rows += index.length), error: reject, complete: resolve }),
  )
  t.equal(rows, 10)
  for await (const chunk of toArrowStream(stepRows(step, 'examples', effort), 'examples'))
    bytes += chunk.length
  t.ok(bytes > 10 * 784 * 4 * 2)
  const stopped = { ...effort, signal: AbortSignal.abort(new Error('enough')) }
  await t.rejects(
    new Promise((resolve, reject) =>
      stepRows(step, 'examples', stopped).subscribe({ complete: () => resolve(0), error: reject }),
    ),
    /enough/,
  )
  t.equal(parseSource('-').describe, 'arrow:-')
})
