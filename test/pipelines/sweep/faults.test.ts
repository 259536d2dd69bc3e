import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { begin, blindspot, expectWhole, filesIn, resultOf, stopped, type Result } from './commandLine.js'
import { childrenOf, isAlive, until } from './processes.js'
import { rowsIn } from './rows.js'
import { lacking } from '../../servers.js'
import { STEPS, writeSweep } from './smallSweep.js'

const root = t.testdir()
const SPEC = writeSweep(root)

const at = (name: string) => join(root, name)
const whole = (folder: string, ...more: string[]) => [
  ...['sweep', 'run', SPEC, '--out', folder, '--json'],
  ...more,
]
/** Without the page, which has its tests. */
const run = (folder: string, ...more: string[]) => whole(folder, '--no-report', ...more)
const TWO = ['--workers', '2']

await t.test('an undisturbed run', async (t) => {
  const ended = await blindspot(t, whole(at('undisturbed'), ...TWO))
  t.equal(ended.code, 0, ended.err)
  t.match(resultOf(ended), { steps: STEPS, done: STEPS, made: STEPS, failed: 0, blocked: 0 })
})
const rows = await rowsIn(at('undisturbed'))

/** The same call, undisturbed to its end: the rows of an undisturbed run. */
async function goesOn(t: Test, folder: string, ...more: string[]): Promise<Result> {
  const ended = await blindspot(t, run(folder, ...TWO, ...more))
  t.equal(ended.code, 0, ended.err)
  const result = resultOf(ended)
  t.match(result, { steps: STEPS, done: STEPS, failed: 0, blocked: 0 })
  await expectWhole(t, folder, rows)
  return result
}

interface Status extends Result {
  readonly all: readonly { readonly state: string; readonly failure?: { readonly attempt: number } }[]
}

async function statusOf(t: Test, folder: string): Promise<Status> {
  const ended = await blindspot(t, ['sweep', 'status', folder, '--json'])
  t.equal(ended.code, 0, ended.err)
  return resultOf(ended) as Status
}

await t.test(
  'a process that performs a step is killed: the step has failed, the sweep goes on',
  async (t) => {
    const folder = at('child')
    const first = begin(t, run(folder, ...TWO))
    const step = await stopped(folder, [first])
    t.ok(childrenOf(first.pid).includes(step.pid))
    process.kill(step.pid, 'SIGKILL')
    const ended = await first.ended
    t.equal(ended.code, 1, ended.err)
    const { done, failed, blocked, failures } = resultOf(ended)
    t.same([failed, done + blocked], [1, STEPS - 1])
    t.ok(blocked > 0 && done > 0, `${done} are done, ${blocked} kept back`)
    t.match(failures, [{ message: /the step's process.* was killed \(SIGKILL\)/ }])
    const status = await statusOf(t, folder)
    t.match(status, { steps: STEPS, done, failed: 1, blocked, running: 0 })
    t.match(
      status.all.filter(({ state }) => state === 'failed'),
      [{ failure: { attempt: 1 } }],
    )
    const left = await blindspot(t, run(folder, ...TWO))
    t.equal(left.code, 1, 'skip')
    t.match(resultOf(left), { failed: 1, blocked, made: 0, failures })
    const { made } = await goesOn(t, folder, '--errored', 'retry')
    // what went on without the network is shown to it now
    t.ok(made >= STEPS - done)
  },
)

await t.test('a step that may fail once more is tried again', async (t) => {
  const folder = at('again')
  const first = begin(t, run(folder, ...TWO, '--max-failures', '1'))
  const step = await stopped(folder, [first], async () => (await filesIn(folder, 'examples')) > 0)
  process.kill(step.pid, 'SIGKILL')
  const ended = await first.ended
  t.equal(ended.code, 0, ended.err)
  t.match(resultOf(ended), { done: STEPS, failed: 0, failures: [] })
  await expectWhole(t, folder, rows)
  t.match(await statusOf(t, folder), { done: STEPS, failed: 0, blocked: 0, all: [] })
})

await t.test('a step that always fails', async (t) => {
  const folder = at('always')
  const failing = at('failing.json')
  const { train, ...others } = JSON.parse(readFileSync(SPEC, 'utf8')) as { train: object }
  // of two classes, where the images have three
  const architecture = ['FC3', 'FC2']
  writeFileSync(
    failing,
    JSON.stringify({ ...others, train: { ...train, architecture, lambda: 0.1 }, score: false }),
  )
  const call = ['sweep', 'run', failing, '--out', folder, '--json', ...TWO]
  for (const [more, attempt] of [
    [['--max-failures', '2'], 3],
    [['--errored', 'retry'], 4],
    [[], 4],
  ] as const) {
    const ended = await blindspot(t, [...call, ...more])
    t.equal(ended.code, 1, ended.err)
    t.match(resultOf(ended), {
      ...{ steps: 6, done: 3, failed: 1, blocked: 2 },
      failures: [{ message: /FC2.*: its last number is its classes, 2, and the images have labels up to 2/ }],
    })
    t.match(
      (await statusOf(t, folder)).all.map(({ state, failure }) => [state, failure?.attempt]),
      [
        ['failed', attempt],
        ['blocked', undefined],
        ['blocked', undefined],
      ],
    )
  }
})

await t.test('the coordinator is killed, at several moments', async (t) => {
  const folder = at('coordinator')
  const moments: [string, 'alone' | 'with all', () => boolean | Promise<boolean>][] = [
    ['the first step', 'alone', () => true],
    ['a network is there', 'with all', async () => (await filesIn(folder, 'models')) > 1],
    ['some examples are there', 'alone', async () => (await filesIn(folder, 'examples')) > 2],
    ['some scores are there', 'with all', async () => (await filesIn(folder, 'scores')) > 0],
  ]
  let before = 0
  for (const [moment, how, isTime] of moments) {
    const one = begin(t, run(folder, ...TWO))
    const step = await stopped(folder, [one], isTime)
    const children = childrenOf(one.pid)
    t.ok(children.includes(step.pid), moment)
    if (how === 'alone') one.kill('SIGKILL')
    else one.killAll('SIGKILL')
    t.match(await one.ended, { code: null })
    if (how === 'alone') step.goOn()
    await until(() => !children.some(isAlive))
    const files = await filesIn(folder)
    t.ok(files >= before, `${moment}: ${files} files`)
    await t.resolves(rowsIn(folder), 'it opens')
    before = files
  }
  await goesOn(t, folder)
})

await t.test('a sweep started twice at once', async (t) => {
  const folder = at('twice')
  const both = await Promise.all([0, 1].map(() => blindspot(t, run(folder, '--workers', '1'))))
  for (const ended of both) t.equal(ended.code, 0, ended.err)
  const results = both.map(resultOf)
  for (const result of results) t.match(result, { done: STEPS, failed: 0, blocked: 0 })
  t.ok(results[0].made + results[1].made >= STEPS)
  await expectWhole(t, folder, rows)
})

/** Three shards, each told so in another way. */
const SHARDS: readonly [args: string[], environment: NodeJS.ProcessEnv][] = [
  [['--shard', '0/3'], {}],
  [[], { SLURM_ARRAY_TASK_ID: '12', SLURM_ARRAY_TASK_MIN: '11', SLURM_ARRAY_TASK_COUNT: '3' }],
  [[], { JOB_COMPLETION_INDEX: '2', JOB_COMPLETIONS: '3' }],
]

await t.test('three shards at once', async (t) => {
  const folder = at('shards')
  const all = await Promise.all(
    SHARDS.map(([args, environment]) => blindspot(t, run(folder, '--workers', '1', ...args), environment)),
  )
  for (const ended of all) t.equal(ended.code, 0, ended.err)
  const results = all.map(resultOf)
  t.equal(
    results.reduce((sum, { steps }) => sum + steps, 0),
    STEPS,
    'each step is of one',
  )
  t.ok(results.every(({ steps, done }) => steps > 0 && done === steps))
  await expectWhole(t, folder, rows)
})

await t.test('shards one after the other', async (t) => {
  const folder = at('apart')
  for (const [args, environment] of [...SHARDS].reverse()) {
    const ended = await blindspot(t, whole(folder, ...TWO, ...args), environment)
    t.equal(ended.code, 0, ended.err)
    const { steps, done } = resultOf(ended)
    t.equal(done, steps)
  }
  await expectWhole(t, folder, rows)
  const page = join(folder, 'report.html')
  t.notOk(existsSync(page), 'no shard makes what is of all')
  const later = await blindspot(t, whole(folder))
  t.match(resultOf(later), { done: STEPS, made: 0 })
  t.ok(existsSync(page), 'which is made though nothing else is left to do')
  const { mtimeMs } = statSync(page)
  await blindspot(t, whole(folder))
  t.equal(statSync(page).mtimeMs, mtimeMs, 'once')
})

await t.test('signals end it in order', async (t) => {
  const folder = at('signals')
  const signals: [NodeJS.Signals, number, RegExp, () => boolean | Promise<boolean>][] = [
    ['SIGTERM', 75, /the same call goes on: blindspot sweep run .*--workers 2/, () => true],
    ['SIGHUP', 75, /ended by SIGHUP/, () => true],
    ['SIGUSR1', 75, /the same call goes on/, async () => (await filesIn(folder, 'models')) > 0],
    ['SIGINT', 130, /the same command goes on/, async () => (await filesIn(folder, 'examples')) > 0],
  ]
  for (const [signal, code, said, isTime] of signals) {
    const one = begin(t, run(folder, ...TWO))
    const step = await stopped(folder, [one], isTime)
    const children = childrenOf(one.pid)
    // as a terminal, or a cluster
    one.killAll(signal)
    step.goOn()
    const ended = await one.ended
    t.equal(ended.code, code, `${signal}: ${ended.err}`)
    t.match(ended.err, said)
    t.notOk(children.some(isAlive), 'nothing runs on')
    // of a sweep that was ended before it committed anything nothing is left
    if (!existsSync(folder)) continue
    const status = await statusOf(t, folder)
    t.match(status, { steps: STEPS, failed: 0, blocked: 0, running: 0 }, 'no step is to blame')
    t.ok(status.done < STEPS, `${status.done} are done`)
    await t.resolves(rowsIn(folder), 'it opens')
  }
  await goesOn(t, folder)
})

await t.test('a second Ctrl-C ends it at once', async (t) => {
  const folder = at('twice-interrupted')
  const one = begin(t, run(folder, ...TWO))
  const step = await stopped(folder, [one])
  const children = childrenOf(one.pid)
  one.kill('SIGINT')
  one.kill('SIGINT')
  const isOver = async () => {
    // signals that come before the first is handled are one
    one.kill('SIGINT')
    return Promise.resolve(one.isOver())
  }
  await until(isOver)
  t.equal((await one.ended).code, 130)
  t.ok(isAlive(step.pid), 'a step that does not answer keeps nobody')
  step.goOn()
  await until(() => !children.some(isAlive))
  await goesOn(t, folder)
})

await t.test('bad input is refused before anything is written', async (t) => {
  const file = (name: string, text: string) => {
    writeFileSync(at(name), text)
    return at(name)
  }
  const train = '{architecture: FC3}'
  const good = SPEC
  const cases: [spec: string, args: string[], said: RegExp, environment?: NodeJS.ProcessEnv][] = [
    [file('no.yaml', 'train: [a: b: c'), [], /no\.yaml: expected YAML or JSON/],
    [
      file('key.yaml', `train: ${train}\nfoo: 1`),
      [],
      /foo: expected one of the keys name, train, attack, score, rank, got "foo"/,
    ],
    [file('value.yaml', `train: ${train}\nattack: {limit: 0}`), [], /attack.*limit/],
    [file('architecture.yaml', 'train: {architecture: FOO}'), [], /architecture "FOO": expected/],
    [good, ['--shard', '3/3'], /--shard: expected I\/N/],
    [good, [], /SLURM_ARRAY_TASK_ID/, { SLURM_ARRAY_TASK_ID: '9', SLURM_ARRAY_TASK_COUNT: '3' }],
    [good, [], /JOB_COMPLETIONS/, { JOB_COMPLETION_INDEX: '0' }],
    [good, ['--workers', '0'], /--workers/],
    [good, ['--errored', 'foo'], /--errored.*skip, retry/],
    [good, ['--max-failures', '-2'], /--max-failures/],
    [good, ['--queue', 'ftp://me:hidden@x'], /queue: expected redis:/],
    [good, ['--queue', ''], /queue: expected redis:.*, got none/],
    [at('nowhere.yaml'), [], /nowhere\.yaml: expected a sweep as YAML or JSON, got no such file/],
    [good, ['--queue', 'redis://x', '--shard', '0/3'], /cannot be used with/],
    [good, ['--queue', 'redis://x', '--workers', '2'], /cannot be used with/],
  ]
  const folder = at('bad')
  for (const [path, args, said, environment] of cases) {
    const ended = await blindspot(t, ['sweep', 'run', path, '--out', folder, ...args], environment)
    t.match(ended, { code: 2, err: said }, [path, ...args].join(' '))
    t.notMatch(ended.err, /hidden|^ +at /m)
    t.notOk(existsSync(folder))
  }
  for (const [args, code, said] of [
    [['sweep', 'run', SPEC, '--out', file('a file', 'whole')], 2, /a file/],
    [
      ['sweep', 'run', SPEC, '--out', folder, '--queue', 'redis://me:hidden@127.0.0.1:1'],
      1,
      /cannot be reached/,
    ],
  ] as const) {
    const ended = await blindspot(t, args)
    t.match(ended, { code, err: said }, args.join(' '))
    t.notMatch(ended.err, /hidden|^ +at /m)
    t.notOk(existsSync(folder))
  }
  t.equal(readFileSync(at('a file'), 'utf8'), 'whole')
  t.match(await blindspot(t, ['sweep', 'status', folder]), { code: 2, err: /bad has no sweep; / })
  t.notOk(existsSync(folder))
})

const NEEDS_PRLIMIT = lacking('prlimit')
await t.test('a step that dies of memory says so', { skip: NEEDS_PRLIMIT }, async (t) => {
  const folder = at('memory')
  const first = begin(t, run(folder, '--workers', '1'))
  const step = await stopped(folder, [first], async () => (await filesIn(folder, 'models')) > 0)
  t.equal(spawnSync('prlimit', ['--pid', String(step.pid), '--as=1']).status, 0)
  step.goOn()
  const ended = await first.ended
  t.equal(ended.code, 1, ended.err)
  const { failed, failures } = resultOf(ended)
  t.equal(failed, 1)
  t.match(failures, [{ message: /(ran out of|too little|gets no) memory.*fewer --workers/ }])
  await goesOn(t, folder, '--errored', 'retry')
})

const small = mkdtempSync(join(tmpdir(), 'small-'))
const mount = (...options: string[]) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', ...options, small], { stdio: 'ignore' }).status === 0
const isMounted = mount('size=176k', 'blindspot-test')
t.teardown(() => {
  if (isMounted) spawnSync('umount', [small])
  rmdirSync(small)
})
const skip = isMounted ? false : 'mounting a small file system needs root'
await t.test('a full disk ends the sweep, and blames no step', { skip }, async (t) => {
  const folder = join(small, 'set')
  for (const times of ['once', 'again']) {
    const ended = await blindspot(t, run(folder, ...TWO))
    t.equal(ended.code, 1, times)
    const said = ended.err
      .split('\n')
      .filter((line) => line.startsWith('blindspot: ') && !line.includes('warning'))
    t.match(said, [/\/small-\w+\/set\/.*ENOSPC.*(free some space|goes on when that is mended)/], ended.err)
    t.equal(said.length, 1)
    t.notMatch(ended.err, /^ +at /m)
    t.match(await statusOf(t, folder), { failed: 0, blocked: 0, running: 0 }, 'no step has failed')
    await t.resolves(rowsIn(folder), 'nothing is half-written')
  }
  const before = (await statusOf(t, folder)).done
  t.ok(mount('remount,size=16m'))
  const { made } = await goesOn(t, folder)
  t.equal(made, STEPS - before)
})
