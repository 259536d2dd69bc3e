import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { readEntry } from '../../../sinks/lake/log.js'
import { scoresOf } from '../records.js'
import { homeOf } from '../../../sinks/lake/home.js'

const child = fileURLToPath(new URL('lakeChild.js', import.meta.url))
const another = (...args: string[]) => execFileSync(process.execPath, [child, ...args], { stdio: 'pipe' })
const filesIn = (folder: string) => readdirSync(join(folder, 'scores')).sort()
const lockOf = (folder: string, name: string) => join(folder, '.tmp', `${name}.lock`)

/** Closes a writer; `meanwhile` is done once, between the name of its file and the commit, as if this process was stopped there. */
function closeWhile(lake: Lake, step: string, meanwhile: () => void) {
  let done = false
  const writer = lake.writer('scores', { step })
  return writer.write(scoresOf(3)).then(() =>
    writer.close({
      get noted() {
        if (!done) meanwhile()
        return (done = true)
      },
    }),
  )
}

/** The lock of a step of this process as it would be if its owner had died. */
async function ofTheDead(folder: string, step: string): Promise<string> {
  const ended = fork(child, ['open', folder])
  const { pid } = ended
  await once(ended, 'exit')
  const own = JSON.parse(readFileSync(lockOf(folder, step), 'utf8')) as object
  return JSON.stringify({ ...own, token: 'dead', started: '1', pid })
}

t.test('one that was stopped in mid-commit and robbed of its lock loses nobody’s commit', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const mine = await closeWhile(lake, 'mine', () => {
    t.same(filesIn(folder), ['part-mine-00000.parquet'], 'it has its name, and is not committed')
    rmSync(lockOf(folder, 'manifest'))
    another('commit', folder, 'other', '2')
  })
  t.same(
    (await lake.files()).map(({ step }) => step),
    ['other-0', 'other-1', 'mine'],
  )
  t.equal(
    mine.file,
    'scores/part-mine-00000.2.parquet',
    'the other has put the first aside, as one of the dead',
  )
  t.same(readdirSync(join(folder, '.tmp', 'strays')), ['scores+part-mine-00000.parquet'])
  await lake.verify(await lake.files())
  t.same(
    (await readEntry(homeOf(folder), 1))?.remove,
    ['scores/part-mine-00000.parquet'],
    'which was told before it was done',
  )
  const again = await openLake(folder)
  t.equal((await again.files()).length, 3)
  t.same(readdirSync(join(folder, '.tmp', 'strays')), [])
})

t.test('a late owner is refused, and takes no name from its successor', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const late = lake.exclusively('step', async () => {
    t.match(JSON.parse(readFileSync(lockOf(folder, 'step'), 'utf8')), { number: 1 })
    const dead = await ofTheDead(folder, 'step')
    const own = readFileSync(lockOf(folder, 'step'), 'utf8')
    const writer = lake.writer('scores', { step: 'step' })
    await writer.write(scoresOf(3))
    await t.rejects(
      closeWhile(lake, 'step', () => {
        rmSync(lockOf(folder, 'manifest'))
        writeFileSync(lockOf(folder, 'step'), dead)
        another('take', folder, 'step')
        // whatever has become of its lock
        writeFileSync(lockOf(folder, 'step'), own)
      }),
      {
        code: 'busy',
        message: /took the work of step step over from this one \(number 1; those up to 1 are out\)/,
      },
    )
    const files = filesIn(folder)
    t.equal(files.length, 1, 'what it had published is gone')
    await t.rejects(writer.close(), { code: 'busy', message: /took the work of step step over/ })
    t.same(filesIn(folder), files)
  })
  await late
  const entries = await Promise.all([1, 2, 3].map((n) => readEntry(homeOf(folder), n)))
  t.ok(entries.some((entry) => entry?.fence?.number === 1 && entry.fence.step === 'step'))
  t.equal((await lake.files()).length, 1)
  t.equal((await lake.files())[0].rows, 5, "the successor's")
  await lake.verify(await lake.files())
  await lake.exclusively('step', () => {
    t.match(JSON.parse(readFileSync(lockOf(folder, 'step'), 'utf8')), { number: 2 }, 'the next number')
    return Promise.resolve()
  })
  await lake.exclusively('other', () => {
    t.match(JSON.parse(readFileSync(lockOf(folder, 'other'), 'utf8')), { number: 1 })
    return Promise.resolve()
  })
})

t.test('one whose lock cannot be read is out as well', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  writeFileSync(lockOf(folder, 'step'), '{"number": ')
  await lake.exclusively('step', () => {
    t.match(JSON.parse(readFileSync(lockOf(folder, 'step'), 'utf8')), { number: 2 })
    return Promise.resolve()
  })
})

t.test('what is replaced stays until the commit that replaces it', async (t) => {
  const folder = t.testdir()
  const lake = await openLake(folder)
  const [first, second, third] = ['part-a-00000.parquet', 'part-a-00000.2.parquet', 'part-a-00000.parquet']
  await closeWhile(lake, 'a', () => undefined)
  await closeWhile(lake, 'a', () => t.same(filesIn(folder), [second, first]))
  t.same(filesIn(folder), [second])
  t.equal((await lake.files())[0].file, `scores/${second}`)
  await closeWhile(lake, 'a', () => t.same(filesIn(folder), [second, third]))
  t.same(filesIn(folder), [third])
  // one that died between the two left it
  writeFileSync(join(folder, 'scores', 'part-b-00000.parquet'), 'half')
  await closeWhile(lake, 'b', () => undefined)
  t.same(filesIn(folder), [third, 'part-b-00000.2.parquet'].sort(), 'no reader meets what is not committed')
  await lake.verify(await lake.files())
})
