import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { BlindspotError } from '../../../operators/errors.js'
import { deathOf, type Death } from '../../../pipelines/sweep/children/deathOf.js'
import { LastLines } from '../../../pipelines/sweep/children/lastLines.js'
import { localExecutor } from '../../../pipelines/sweep/children/local.js'
import { outcomeOf } from '../../../pipelines/sweep/children/outcomeOf.js'
import { StepProcesses } from '../../../pipelines/sweep/children/stepProcesses.js'
import { childrenOf, isAlive, until } from './processes.js'
import { attack, attackedIn, dataSetIn, hashesIn, here, taskOf, training } from './work.js'

const root = t.testdir()

t.test('steps through children have the rows of steps here', async (t) => {
  const { folder, data } = await dataSetIn(root, 'children')
  const steps = ['a', 'b', 'c'].map((name) => training(data, name))
  const executor = localExecutor(folder, { workers: 2, stepsPerProcess: 2 })
  t.teardown(() => executor.close())
  t.equal(executor.slots, 2)
  const begun: string[] = []
  const progress = new Set<string>()
  const outcomes = await Promise.all(
    steps.map(async (step) =>
      executor.perform(await taskOf(folder, step), {
        onBegin: () => begun.push(step.name),
        onProgress: ({ state }) => progress.add(state),
      }),
    ),
  )
  t.same(outcomes, Array(3).fill({ kind: 'done' }))
  t.same(
    begun.sort(),
    steps.map(({ name }) => name),
  )
  t.ok(progress.has('complete'))
  const alone = await dataSetIn(root, 'alone')
  await here(alone.folder, steps)
  t.same(await hashesIn(folder), await hashesIn(alone.folder))
})

t.test('an interrupted child commits what is whole, and is used again', async (t) => {
  const { folder, data } = await dataSetIn(root, 'interrupted')
  const executor = localExecutor(folder, { workers: 1 })
  t.teardown(() => executor.close())
  const interrupt = new AbortController()
  const task = await taskOf(folder, attack())
  const outcome = await executor.perform(task, {
    signal: interrupt.signal,
    onProgress: ({ done }) => done > 0 && interrupt.abort(),
  })
  t.same(outcome, { kind: 'interrupted' })
  const rows = (await attackedIn(folder)).length
  t.ok(rows > 0 && rows < 5000, `${rows} rows are kept`)
  t.same(await executor.perform(task, { signal: AbortSignal.abort() }), { kind: 'interrupted' })
  const more = await taskOf(folder, attack(), { limit: rows + 5 })
  t.same(await executor.perform(more), { kind: 'done' }, 'and goes on after them')
  t.equal((await attackedIn(folder)).length, rows + 5)

  const waiting = new AbortController()
  const long = executor.perform(await taskOf(folder, training(data, 'long', 100_000)), {
    onProgress: ({ done }) => done > 0 && waiting.abort(),
  })
  const behind = executor.perform(await taskOf(folder, training(data, 'behind')), { signal: waiting.signal })
  t.same(await behind, { kind: 'interrupted' }, 'one that waits for its turn does not wait for it any longer')
  await executor.close()
  t.same(await long, { kind: 'interrupted' }, 'closing interrupts')
  t.same(await hashesIn(folder), {})
})

t.test('a child that dies', async (t) => {
  const { folder, data } = await dataSetIn(root, 'dying')
  const processes = new StepProcesses({ workers: 1 })
  t.teardown(() => processes.close())
  const long = await taskOf(folder, training(data, 'long', 100_000))
  const killed = (signal: NodeJS.Signals) => {
    let sent = false
    return processes.perform(folder, long, {
      onProgress: ({ done }) => {
        if (done === 0 || sent) return
        sent = true
        for (const pid of childrenOf(process.pid)) process.kill(pid, signal)
      },
    })
  }
  t.match(await killed('SIGKILL'), {
    kind: 'failed',
    message: /the step's process,? .*was killed \(SIGKILL\)/,
    general: false,
  })
  t.match(await killed('SIGSEGV'), { kind: 'failed', message: /was ended by SIGSEGV/ })
  t.same(await processes.perform(folder, await taskOf(folder, training(data, 'next'))), { kind: 'done' })
  t.same(Object.keys(await hashesIn(folder)), ['next'])
})

t.test('signals that reach the whole group change nothing in a child', async (t) => {
  const { folder, data } = await dataSetIn(root, 'signals')
  const processes = new StepProcesses({ workers: 1 })
  t.teardown(() => processes.close())
  let sent = false
  const outcome = await processes.perform(folder, await taskOf(folder, training(data, 'one', 30)), {
    onProgress: () => {
      if (sent) return
      sent = true
      for (const pid of childrenOf(process.pid))
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) process.kill(pid, signal)
    },
  })
  t.same(outcome, { kind: 'done' })
})

t.test('a step that dies of memory says so', async (t) => {
  const { folder, data } = await dataSetIn(root, 'memory')
  const processes = new StepProcesses({
    workers: 1,
    execArgv: ['--max-old-space-size=24', '--max-semi-space-size=1'],
  })
  t.teardown(() => processes.close())
  const outcome = await processes.perform(folder, await taskOf(folder, training(data, 'one', 100_000)))
  t.match(outcome, {
    kind: 'failed',
    message: /the step ran out of memory: .*fewer --workers/,
    general: false,
  })
  t.match(outcome, { log: /heap out of memory/ })
})

t.test('errors of steps come with their codes', async (t) => {
  const { folder, data } = await dataSetIn(root, 'errors')
  const processes = new StepProcesses({ workers: 2 })
  t.teardown(() => processes.close())
  const missing = await taskOf(folder, training(data, 'missing'))
  const elsewhere = { ...missing, step: training(join(root, 'nowhere'), 'missing') }
  t.match(await processes.perform(folder, elsewhere), { kind: 'failed', code: 'io', general: false })
  t.match(await processes.perform(join(root, 'no data set'), missing), {
    kind: 'failed',
    code: 'io',
    message: /is no data set/,
  })
  let same: ReturnType<typeof processes.perform> | undefined
  const stop = new AbortController()
  const long = await taskOf(folder, training(data, 'long', 100_000))
  const first = processes.perform(folder, long, {
    signal: stop.signal,
    onProgress: ({ done }) => {
      if (done > 0) same ??= processes.perform(folder, long).finally(() => stop.abort())
    },
  })
  t.same(await first, { kind: 'interrupted' })
  t.match(await same, { kind: 'busy', message: /at the same work/ })
})

t.test('a child whose parent is killed commits what is whole, and ends', async (t) => {
  const { folder } = await dataSetIn(root, 'orphan')
  const parent = fork(join(import.meta.dirname, 'parent.js'), [folder], { execArgv: [], stdio: 'inherit' })
  await once(parent, 'message')
  const children = childrenOf(parent.pid ?? 0)
  t.equal(children.length, 1)
  parent.kill('SIGKILL')
  await until(() => !children.some(isAlive))
  const rows = (await attackedIn(folder)).length
  t.ok(rows > 0 && rows < 5000, `${rows} rows are kept`)
})

t.test('an executor that nobody closes keeps no process', async (t) => {
  const { folder } = await dataSetIn(root, 'unclosed')
  const parent = fork(join(import.meta.dirname, 'parent.js'), [folder, '3'], { execArgv: [] })
  t.same(await once(parent, 'exit'), [0, null])
  t.equal((await attackedIn(folder)).length, 3)
})

t.test('what the end of a process says, and errors that are of no step', (t) => {
  const MB = 2 ** 20
  const killed = {
    code: null,
    signal: 'SIGKILL',
    log: '',
    peak: 300 * MB,
    killedForMemory: undefined,
  } as const
  const aborted = { ...killed, signal: 'SIGABRT' } as const
  const said = (death: Death) => deathOf(death).message
  t.match(
    said({ ...killed, killedForMemory: true }),
    /^the step ran out of memory: the system killed .*300 MB/,
  )
  t.match(said(killed), /was killed \(SIGKILL\), as a system does that runs out of memory; .*fewer --workers/)
  t.match(said({ ...killed, killedForMemory: false }), /killed \(SIGKILL\), by somebody else/)
  t.match(said({ ...aborted, log: 'what():  std::bad_alloc' }), /^the step ran out of memory/)
  t.match(said({ ...aborted, log: 'a\nAssertion failed' }), /was ended by SIGABRT: Assertion failed$/)
  t.match(said({ ...killed, signal: null, code: 3, peak: undefined }), /process ended early, with code 3$/)

  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  t.match(outcomeOf(new BlindspotError('io', 'x.parquet cannot be written', { cause: full })), {
    ...{ kind: 'failed', code: 'io', message: 'x.parquet cannot be written', general: true },
  })
  t.match(outcomeOf(new RangeError('Array buffer allocation failed')), {
    ...{
      kind: 'failed',
      message: /there is too little memory.*Array buffer allocation failed/,
      general: false,
    },
  })
  t.match(outcomeOf(new BlindspotError('busy', 'f: process 1, is at the same work; wait for it')), {
    kind: 'busy',
  })
  for (const workers of [0, 1.5, NaN])
    t.throws(() => new StepProcesses({ workers }), { code: 'bad-option', message: /^workers: expected/ })
  const lines = new LastLines()
  lines.add(Buffer.from('begin\n' + 'x'.repeat(1e5)))
  for (let i = 0; i < 100; i++) lines.add(Buffer.from(`\x1b[31mline ${i}\r\n`))
  const kept = String(lines).split('\n')
  t.same([kept.length, kept[0], kept[49]], [50, '\\x1b[31mline 50', '\\x1b[31mline 99'])
  t.end()
})
