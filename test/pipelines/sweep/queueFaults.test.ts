import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { begin, below, blindspot, expectWhole, filesIn, resultOf, stopped, type Run } from './commandLine.js'
import { childrenOf, isAlive, until } from './processes.js'
import { rowsIn } from './rows.js'
import { NEEDS_REDIS, startRedis } from './servers.js'
import { STEPS, writeSweep } from './smallSweep.js'

const root = t.testdir()
const SPEC = writeSweep(root)
const at = (name: string) => join(root, name)
const run = (folder: string, ...more: string[]) => ['sweep', 'run', SPEC, '--out', folder, '--json', ...more]

const SECRET = 'pass-word-of-nobody'

/** Waits until a command has said something. */
async function heard(one: Run, what: RegExp): Promise<void> {
  await until(() => one.isOver() || what.test(one.said()))
  if (!what.test(one.said())) throw new Error(`it ended before it said ${what.source}: ${one.said()}`)
}

t.test('workers, the coordinator and Redis are killed', { skip: NEEDS_REDIS }, async (t) => {
  const plain = await blindspot(t, run(at('undisturbed'), '--workers', '2'))
  t.equal(plain.code, 0, plain.err)
  const rows = await rowsIn(at('undisturbed'))

  const redis = await startRedis('--requirepass', SECRET)
  t.teardown(() => redis.close())
  const url = redis.url.replace('//', `//:${SECRET}@`)
  const folder = at('queue')
  const all: Run[] = []
  const started = (t: Test, args: readonly string[], environment?: NodeJS.ProcessEnv) => {
    const one = begin(t, args, environment)
    all.push(one)
    return one
  }
  // a lease that ends while this waits, and not while a worker is kept from answering by others
  const WORKER = ['worker', '--workers', '1', '--lease', '5']
  const first = started(t, run(folder, '--queue', url))
  const [lost, ...workers] = [
    started(t, [...WORKER, '--queue', url]),
    started(t, [...WORKER, '--queue', url]),
    started(t, WORKER, { BLINDSPOT_QUEUE: url }),
  ]
  for (const worker of [lost, ...workers]) await heard(worker, /waiting for steps/)

  const atIt = await stopped(folder, [first], () => childrenOf(lost.pid).length > 0)
  // whichever worker it is of
  const killed = [lost, ...workers].find(({ pid }) => childrenOf(pid).includes(atIt.pid))
  t.ok(killed, 'a worker is at a step')
  killed?.kill('SIGKILL')
  await killed?.ended
  atIt.goOn()
  await until(() => !isAlive(atIt.pid))

  const next = await stopped(folder, [first], async () => (await filesIn(folder, 'models')) > 1)
  first.kill('SIGKILL')
  await first.ended
  next.goOn()
  const second = started(t, run(folder, '--queue', url))
  // it has reached the queue
  await heard(second, /"kind":"progress"/)

  const last = await stopped(folder, [second], async () => (await filesIn(folder, 'examples')) > 1)
  await redis.kill()
  last.goOn()
  await heard(second, /cannot be reached.*waiting for it/)
  await redis.start()

  const ended = await second.ended
  t.equal(ended.code, 0, ended.err)
  t.match(resultOf(ended), { steps: STEPS, done: STEPS, failed: 0, blocked: 0, failures: [] })
  const [one, other] = [lost, ...workers].filter((worker) => worker !== killed)
  one.kill('SIGTERM')
  other.kill('SIGINT')
  t.match(await one.ended, { code: 75, err: /ended by SIGTERM.*the same call goes on: blindspot worker/ })
  t.match(await other.ended, { code: 130, err: /interrupted/ })
  await expectWhole(t, folder, rows)

  t.notOk(
    all.some((each) => each.said().includes(SECRET)),
    'no password on an output',
  )
  const texts = below(folder).map((path) => readFileSync(path, 'latin1'))
  t.ok(
    texts.some((text) => text.includes('blindspot worker --workers 1') && text.includes('redis://***@')),
    'the command is noted',
  )
  t.notOk(
    texts.some((text) => text.includes(SECRET)),
    'without the password',
  )
})

t.test('a queue that does not let in', { skip: NEEDS_REDIS }, async (t) => {
  const redis = await startRedis('--requirepass', SECRET)
  t.teardown(() => redis.close())
  const url = redis.url.replace('//', '//:wrong-word@')
  for (const [args, code, said] of [
    [run(at('shut'), '--queue', url), 1, /does not accept the name or the password/],
    [run(at('shut'), '--queue', redis.url), 1, /asks for a password, and the URL has none/],
    [['worker', '--queue', url], 1, /does not accept the name or the password/],
    [['worker', '--queue', 'ftp://me:wrong-word@x'], 2, /queue: expected redis:/],
    [['worker'], 2, /--queue/],
    [['worker', '--queue', url, '--lease', '0'], 2, /--lease/],
  ] as const) {
    const ended = await blindspot(t, args)
    t.match(ended, { code, err: said }, args.join(' '))
    t.notMatch(ended.out + ended.err, /wrong-word|^ +at /m)
  }
  t.notOk(existsSync(at('shut')), 'nothing is written')
})
