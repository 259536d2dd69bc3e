import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { endInOrder } from '../../../pipelines/commands/ending.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { fixture } from '../../oracle/optima.js'

const CLI = join(import.meta.dirname, '../../../pipelines/cli.js')
const folder = t.testdir()
const model = fixture('FC48-10')

interface Result {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A command as a shell runs it; `blindspot` in it is ours. */
const shell = (script: string): Promise<Result> =>
  new Promise((resolve) => {
    const text = `blindspot() { exec "${process.execPath}" "${CLI}" "$@"; }\n${script}`
    const child = execFile('bash', ['-o', 'pipefail', '-c', text], (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    )
  })

const attack = (name: string, limit: number) =>
  `blindspot attack ${model} --data mnist:test --backend wasm --workers 0 --limit ${limit} --out ${join(folder, name)}`
const rowsOf = async (name: string) =>
  (await (await openLake(join(folder, name))).files({ table: 'examples' })).reduce(
    (sum, { rows }) => sum + rows,
    0,
  )

t.test('output that nobody can read ends no work', async (t) => {
  const full = existsSync('/dev/full')
  const cases: [string, string, number, RegExp][] = [
    ['reader', '2>&1 | head -0', 0, /^$/],
    ['closed', '>&- 2>&-', 0, /^$/],
    ['log', '2>/dev/full', 0, /\d examples, .* skipped/],
    [
      'result',
      '>/dev/full',
      1,
      /^blindspot: the result could not be printed: .*ENOSPC.*work itself is done/m,
    ],
    ['both', '>/dev/full 2>&1', 1, /^$/],
  ]
  await Promise.all(
    cases.map(async ([name, to, code, told]) => {
      if (to.includes('full') && !full) return
      const result = await shell(`(${attack(name, 3)}) ${to}`)
      t.match(result, { code }, `${name}: ${result.err}`)
      t.match(result.out + result.err, told)
      t.equal(await rowsOf(name), 3, `${name}: all is committed`)
    }),
  )
  if (!full) return
  const help = await shell('blindspot --help >/dev/full')
  t.match(help, { code: 1, err: /could not be printed/ })
  t.match(await shell('blindspot --help | head -1'), { code: 0, out: /^Usage/, err: '' })
  const wrong = await shell('blindspot report /nonexistent 2>/dev/full')
  t.match(wrong, { code: 2, out: /nonexistent/ }, 'an error is said where it can be')
})

t.test('every signal that ends a program ends the work', async (t) => {
  // who waits for a signal alone does not keep the process
  const waiting = setInterval(() => undefined, 1000)
  t.teardown(() => clearInterval(waiting))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGXCPU', 'SIGALRM'] as const) {
    const work = new AbortController()
    const ending = endInOrder(work, String)
    const ended = once(work.signal, 'abort')
    process.kill(process.pid, signal)
    await ended
    t.notOk(ending.failed, signal)
    ending.stop()
  }
})

t.test('each ordinary way of being ended leaves whole rows and no lock', async (t) => {
  // each signal aborts the work, as tested above; those that a person, a supervisor and a closing terminal send
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const end = async (signal: NodeJS.Signals) => {
    const out = join(folder, signal)
    const args = [
      'attack',
      model,
      '--data',
      'mnist:test',
      '--backend',
      'wasm',
      '--workers',
      '0',
      '--out',
      out,
    ]
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    let err = ''
    child.stderr.on('data', (data: Buffer) => (err += data.toString()))
    const temporary = join(out, '.tmp')
    const writes = () =>
      existsSync(temporary) && readdirSync(temporary).some((name) => name.includes('.parquet.'))
    while (child.exitCode === null && !writes()) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill(signal)
    // what a closing terminal does
    if (signal === 'SIGHUP') child.kill(signal)
    const [code] = (await once(child, 'close')) as [number | null]
    t.equal(code, 130, `${signal}: ${err}`)
    t.match(err, /goes on/)
    t.ok((await rowsOf(signal)) > 0, 'rows are committed')
    t.same(readdirSync(temporary), [], 'nothing is left aside')
  }
  await Promise.all(signals.map(end))
})

t.test('a disk that is full leaves no new folder', async (t) => {
  // more than the manifest, less than a file of examples
  const limits = "unset NODE_OPTIONS; trap '' XFSZ; ulimit -f 2"
  const { code, err } = await shell(`${limits}; ${attack('full/new', 3)}`)
  t.match({ code, err }, { code: 1, err: /examples\/.*cannot be written: EFBIG/ })
  t.notOk(existsSync(join(folder, 'full')))
})

t.test('what is too little is told in a sentence', async (t) => {
  for (const files of [64, 32]) {
    // without what the test runner loads into every process, which is more files than that
    const { code, out, err } = await shell(
      `unset NODE_OPTIONS; ulimit -n ${files}; ${attack(`files${files}`, 3)}`,
    )
    if (code === 0) t.match(out, /\d examples, .* skipped/)
    else t.match(err, /^blindspot: .*open files|too many files.*ulimit -n/, `${files} files`)
    t.notMatch(err, /^ +at /m)
  }
})
