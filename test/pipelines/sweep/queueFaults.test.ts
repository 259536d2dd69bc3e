import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  begin,
  below,
  blindspot,
  expectWhole,
  filesIn,
  resultOf,
  stopped,
  type Run,
  type Stopped,
} from './commandLine.js'
import { childrenOf, until } from './processes.js'
import { rowsIn } from './rows.js'
import { NEEDS_REDIS, startRedis } from '../../servers.js'
import { STEPS, writeSweep } from './smallSweep.js'

const root = t.testdir()
const SPEC = writeSweep(root)
const at = (name: string) => join(root, name)
const run = (folder: string, ...more: string[]) => [
  'sweep',
  'run',
  SPEC,
  '--out',
  folder,
  '--json',
  '--no-report',
  ...more,
]

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
  const asked = () => started(t, run(folder, '--queue', url))
  // a lease that ends while this waits, and not while a worker is kept from answering by others
  const WORKER = ['worker', '--workers', '1', '--lease', '5']
  const has = (table: 'models' | 'examples' | 'scores', more: number) => async () =>
    (await filesIn(folder, table)) > more

  const first = asked()
  const workers = [
    started(t, [...WORKER, '--queue', url]),
    started(t, [...WORKER, '--queue', url]),
    started(t, WORKER, { BLINDSPOT_QUEUE: url }),
  ]
  for (const worker of workers) await heard(worker, /waiting for steps/)
  /** Who performs a step, which is then no longer one of them. */
  const workerOf = ({ pid }: Stopped) => {
    const [worker] = workers.splice(
      workers.findIndex((one) => childrenOf(one.pid).includes(pid)),
      1,
    )
    return worker
  }

  // a worker
  let step = await stopped(folder, [first])
  const lost = workerOf(step)
  lost.killAll('SIGKILL')
  await lost.ended

  // the coordinator
  step = await stopped(folder, [first], has('models', 1))
  first.kill('SIGKILL')
  await first.ended
  step.goOn()
  const second = asked()
  // it has reached the queue
  await heard(second, /"kind":"progress"/)

  // Redis, which comes again
  step = await stopped(folder, [second], has('examples', 1))
  await redis.kill()
  step.goOn()
  await heard(second, /cannot be reached.*waiting for it/)
  await redis.start()

  // Redis, and while it is away those who need it are to end
  step = await stopped(folder, [second], has('scores', 0))
  const preempted = workerOf(step)
  await redis.kill()
  second.kill('SIGTERM')
  preempted.kill('SIGTERM')
  step.goOn()
  const goesOn = /ended by SIGTERM.*the same call goes on: blindspot (worker|sweep run) .*/
  t.match(await second.ended, { code: 75, err: goesOn })
  t.match(await preempted.ended, { code: 75, err: goesOn })
  await redis.start()

  const ended = await asked().ended
  t.equal(ended.code, 0, ended.err)
  t.match(resultOf(ended), { steps: STEPS, done: STEPS, failed: 0, blocked: 0, failures: [] })
  const [last] = workers
  last.kill('SIGINT')
  t.match(await last.ended, { code: 130, err: /interrupted/ })
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
