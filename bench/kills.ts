/**
 * What is left of a data set whose writers are killed: two steps at once, each a process of its own, are killed at random times
 * and run again until all their rows are there.
 *
 *     node dist/bench/kills.js [times=N] [place=DIR|s3://…] [rows=N]
 *
 * `times` (200): kills at least; `rows` (1000) of each step at least, more until there were so many kills. After each kill all that
 * is committed is read; in a folder every Parquet file under a table's name is whole, committed or not. Ends with 1 where
 * a row is lost or doubled, a file is not whole, or something is left.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Lake } from '../sinks/lake/lake.js'
import { openLake } from '../sinks/lake/openLake.js'
import { parquetMetadata } from '../sources/parquet.js'
import { isRemote } from '../sources/place.js'
import { readScores } from '../sources/records.js'
import { settings } from './settings.js'

const { text, number } = settings(process.argv.slice(2))
const times = number('times', 200)
const leastRows = number('rows', 1000)
const folder = await mkdtemp(join(tmpdir(), 'blindspot-kills-'))
const place = text('place', join(folder, 'set'))

const writer = fileURLToPath(new URL('killedWriter.js', import.meta.url))
const STEPS = ['0123456789abcdef', 'fedcba9876543210'] as const
/** Milliseconds within which a writer is killed after it has begun. */
const SOON = 120
const failures: string[] = []
/** The last error that each writer told of. */
const told = new Map<ChildProcess, string>()

const began = performance.now()
await openLake(place)
let kills = 0
let rows = leastRows
while (kills < times) {
  const lake = await openLake(place, { readOnly: true })
  const written = await Promise.all(STEPS.map((step) => rowsOf(lake, step)))
  if (Math.min(...written) >= rows) rows += leastRows
  const writers = STEPS.map(begin)
  const killed = await Promise.all(writers.map(killSoon))
  kills += killed.filter(Boolean).length
  await requireWhole()
}
for (const step of STEPS) await ended(begin(step))
const lake = await openLake(place)
await requireWhole()
for (const step of STEPS) {
  const found = (await indexes(lake, step)).sort((a, b) => a - b)
  if (found.length !== rows || found.some((index, i) => index !== i))
    failures.push(`step ${step}: expected rows 0 to ${rows - 1} once each, got ${found.length}`)
}
if (!isRemote(place)) {
  const left = (await readdir(join(place, '.tmp'), { recursive: true })).filter((name) => name !== 'strays')
  if (left.length > 0) failures.push(`left in .tmp: ${left.join(', ')}`)
}
const seconds = (performance.now() - began) / 1000
console.log(
  `${kills} kills of 2 writers, ${2 * rows} rows in ${(await lake.files()).length} files, ${seconds.toFixed(0)} s: ` +
    (failures.length === 0 ? 'every row once, every file whole, nothing left' : failures.join('; ')),
)
await rm(folder, { recursive: true, force: true })
process.exit(failures.length === 0 ? 0 : 1)

function begin(step: string): ChildProcess {
  const child = fork(writer, [place, step, String(rows)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  child.stderr?.on('data', (bytes: Buffer) => {
    // what it warns of, files that it puts aside, is what is looked for here
    const error = /^\w*Error: .*$/m.exec(bytes.toString('utf8'))
    if (error) told.set(child, error[0])
  })
  return child
}

async function killSoon(child: ChildProcess): Promise<boolean> {
  await Promise.race([once(child, 'message'), once(child, 'exit')])
  await sleep(Math.random() * SOON)
  const isAlive = child.exitCode === null && child.signalCode === null
  if (isAlive) child.kill('SIGKILL')
  await ended(child)
  return isAlive
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  // a writer that ends by itself has found the data set in a state that it cannot go on from
  if (child.exitCode)
    failures.push(`a writer ended with ${child.exitCode} (${told.get(child) ?? 'no error'})`)
}

async function rowsOf(of: Lake, step: string): Promise<number> {
  return (await of.files({ step })).reduce((sum, file) => sum + file.rows, 0)
}

async function indexes(of: Lake, step: string): Promise<number[]> {
  const paths = (await of.files({ step })).map(({ path }) => path)
  const found: number[] = []
  for await (const { index } of readScores(paths)) found.push(...index)
  return found
}

/** Checks what a reader meets now. */
async function requireWhole(): Promise<void> {
  try {
    const now = await openLake(place, { readOnly: true })
    const files = await now.files()
    await now.verify(files)
    const known = new Set(files.map(({ step, part }) => `${step} ${part}`))
    if (known.size !== files.length) failures.push('a part is committed twice')
    if (isRemote(place)) return
    const names = await readdir(join(place, 'scores'), { recursive: true }).catch(() => [])
    for (const name of names.filter((one) => one.endsWith('.parquet')))
      await parquetMetadata(join(place, 'scores', name))
  } catch (error) {
    failures.push((error as Error).message)
  }
}
