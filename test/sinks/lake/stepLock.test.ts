import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openLake } from '../../../sinks/lake/openLake.js'
import { ownerOf, whileLocked } from '../../../sinks/lake/stepLock.js'
import { scoresOf } from '../records.js'
import { homeOf } from '../../../sinks/lake/home.js'

const child = fileURLToPath(new URL('lockChild.js', import.meta.url))
const run = (...args: string[]) => fork(child, args, { execArgv: [] })

/** The lock that a process leaves which is killed in the middle of its work. */
async function deadLock(folder: string): Promise<string> {
  const process = run('die', folder, 'dead')
  await once(process, 'exit')
  return readFileSync(join(folder, '.tmp', 'dead.lock'), 'utf8')
}

// most of the time of one is waiting, and that of another for processes
t.jobs = 4

const ROUNDS = 60

void t.test(
  'beside a dead lock four processes are at a step one after another',
  { buffered: true },
  async (t) => {
    const folder = t.testdir({ '.tmp': {}, count: '0' })
    const dead = await deadLock(folder)
    const processes = Array.from({ length: 4 }, () => run('contend', folder))
    let met = 0
    for (let round = 0; round < ROUNDS; round++) {
      const step = `step${round}`
      writeFileSync(join(folder, '.tmp', `${step}.lock`), dead)
      const answers = processes.map(async (process: ChildProcess) => {
        process.send(step)
        met += ((await once(process, 'message')) as [number])[0]
      })
      await Promise.all(answers)
    }
    for (const process of processes) process.kill()
    t.equal(met, 0, 'never two at once')
    t.equal(Number(readFileSync(join(folder, 'count'), 'utf8')), 4 * ROUNDS, 'none undid what another did')
    t.same(readdirSync(join(folder, '.tmp')), ['dead.lock'], 'nothing of the locks stays')
  },
)

void t.test('a lock whose owner is gone, or that is none, hinders nobody', { buffered: true }, async (t) => {
  const folder = t.testdir({ '.tmp': {} })
  const dead = JSON.parse(await deadLock(folder)) as { pid: number; place?: string; host: string }
  const path = (step: string) => join(folder, '.tmp', `${step}.lock`)
  const put = (content: unknown) => (file: string) =>
    writeFileSync(file, Buffer.isBuffer(content) ? content : JSON.stringify(content))
  const odd: Record<string, (file: string) => void> = {
    'the number is another program’s by now': put({ ...dead, pid: process.ppid }),
    'and the host has another name': put({ ...dead, pid: process.ppid, host: 'before' }),
    'the number is ours': put({ ...dead, pid: process.pid }),
    'another machine’s, or from before a restart': put({ ...dead, place: 'elsewhere', pid: process.ppid }),
    'a version’s before, of this host': put({ pid: 2 ** 22 + 1, host: hostname() }),
    'a version’s before, whose number is another program’s': put({ pid: process.ppid, host: hostname() }),
    'a version’s before, of another host': put({ pid: process.ppid, host: 'elsewhere' }),
    'of a time to come': (file) => {
      put({ ...dead, place: 'elsewhere' })(file)
      utimesSync(file, new Date(), new Date(Date.now() + 3600_000))
    },
    null: put(null),
    number: put(7),
    text: put('text'),
    list: put([]),
    nothing: put({}),
    'no number': put({ ...dead, pid: '7' }),
    'a negative one': put({ ...dead, pid: -1 }),
    bytes: put(Buffer.from([0xff, 0, 0x80])),
    empty: put(Buffer.alloc(0)),
    long: put(Buffer.alloc(1e6, '[')),
    folder: (file) => mkdirSync(join(file, 'with', 'more'), { recursive: true }),
    pipe: (file) => execFileSync('mkfifo', [file]),
    link: (file) => symlinkSync('nowhere', file),
    ring: (file) => symlinkSync(file, file),
  }
  const steps = Object.keys(odd).map((_, i) => `step${i}`)
  for (const [i, plant] of Object.values(odd).entries()) plant(path(steps[i]))
  const done = await Promise.all(
    steps.map((step) =>
      whileLocked(homeOf(folder), step, () => Promise.resolve('done')).catch((error: unknown) =>
        String(error),
      ),
    ),
  )
  t.same(
    Object.fromEntries(Object.keys(odd).map((name, i) => [name, done[i]])),
    Object.fromEntries(Object.keys(odd).map((name) => [name, 'done'])),
  )
  t.same(readdirSync(join(folder, '.tmp')), ['dead.lock'])
})

void t.test('of a living one the number, the host and the time are told', { buffered: true }, async (t) => {
  const folder = t.testdir({ '.tmp': {} })
  const owner = run('block', folder, 'step')
  await once(owner, 'message')
  const told = new RegExp(
    `process ${owner.pid} of host ${hostname()}, since \\d{4}-\\d\\d-\\d\\d [\\d:]{8} UTC, is at`,
  )
  const again = () => whileLocked(homeOf(folder), 'step', () => Promise.resolve())
  t.match(
    await ownerOf(homeOf(folder), 'step'),
    new RegExp(`^process ${owner.pid} of host ${hostname()}, since`),
  )
  t.equal(await ownerOf(homeOf(folder), 'another'), undefined)
  await t.rejects(again(), { code: 'busy', message: told })

  const lock = join(folder, '.tmp', 'step.lock')
  // as another machine sees it, which has only its time to go by
  const content = JSON.parse(readFileSync(lock, 'utf8')) as object
  writeFileSync(lock, JSON.stringify({ ...content, place: 'elsewhere' }))
  const { mtimeMs } = statSync(lock)
  await t.rejects(again(), { code: 'busy', message: told })
  t.ok(statSync(lock).mtimeMs > mtimeMs, 'it is renewed although its process never pauses')
  writeFileSync(join(folder, 'end'), '')
  await once(owner, 'exit')
  t.notOk(existsSync(lock))
  t.equal(await ownerOf(homeOf(folder), 'step'), undefined)
  writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }))
  t.equal(await ownerOf(homeOf(folder), 'step'), undefined, 'nor is a dead one')
})

const skip = !existsSync('/proc/self/stat') && 'this system does not tell that a process is stopped'
void t.test('one that was stopped loses its step to who asks for it', { buffered: true, skip }, async (t) => {
  const folder = t.testdir({ '.tmp': {} })
  const owner = run('block', folder, 'step')
  await once(owner, 'message')
  t.teardown(() => owner.kill('SIGKILL'))
  owner.kill('SIGSTOP')
  // it is stopped a moment later
  const isStopped = () => / T /.test(readFileSync(`/proc/${owner.pid}/stat`, 'latin1'))
  while (!isStopped()) await sleep(1)
  t.equal(await whileLocked(homeOf(folder), 'step', () => Promise.resolve('mine')), 'mine')
  owner.kill('SIGCONT')
  writeFileSync(join(folder, 'end'), '')
  await once(owner, 'exit')
})

void t.test('who looks again and again sees that an owner is gone', { buffered: true }, async (t) => {
  const folder = t.testdir({ '.tmp': {} })
  const dead = JSON.parse(await deadLock(folder)) as object
  const step = 'a'.repeat(16)
  writeFileSync(join(folder, '.tmp', `${step}.lock`), JSON.stringify({ ...dead, place: 'elsewhere' }))
  const lake = await openLake(folder)
  t.match(await lake.ownerOf(step), /^process \d+ of host/)
  while ((await lake.ownerOf(step)) !== undefined) await sleep(500)
  t.match(await (await openLake(folder)).ownerOf(step), /^process \d+ of host/, 'not who looks once')
})

void t.test(
  'who has lost its lock commits nothing and leaves the other’s alone',
  { buffered: true },
  async (t) => {
    const folder = t.testdir({ '.tmp': {} })
    const lake = await openLake(folder)
    const lock = join(folder, '.tmp', 'step.lock')
    const other = JSON.stringify({ pid: process.ppid, host: hostname() })
    const writer = lake.writer('scores', { step: 'step' })
    await t.rejects(
      lake.exclusively('step', async () => {
        await writer.write(scoresOf(3))
        writeFileSync(lock, other)
        await writer.close()
      }),
      { code: 'busy', message: /step\.lock is no longer this process'/ },
    )
    t.same(await lake.files(), [])
    t.equal(readFileSync(lock, 'utf8'), other)
  },
)
