import fs, { cpSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { commit } from '../../../sinks/lake/commit.js'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { entryPlace } from '../../../sinks/lake/log.js'
import type { ManifestFile } from '../../../sinks/lake/manifestSchema.js'
import { scoresOf } from '../records.js'
import { homeOf } from '../../../sinks/lake/home.js'

interface Manifest {
  readonly version: number
  readonly commit: number
  readonly files: readonly ManifestFile[]
}

const manifestOf = (folder: string) => join(folder, 'manifest.json')
const listed = (folder: string) => JSON.parse(readFileSync(manifestOf(folder), 'utf8')) as Manifest
const namesOf = (files: readonly ManifestFile[]) => files.map(({ file }) => file)

async function write(lake: Lake, step: string, rows = 3): Promise<ManifestFile> {
  const writer = lake.writer('scores', { step })
  await writer.write(scoresOf(rows))
  return writer.close()
}

/** Files that are committed and not there, as the look of them is not what is tested. */
const absent = (count: number, step = 'many'): ManifestFile[] =>
  Array.from({ length: count }, (_, part) => ({
    ...{ table: 'scores', file: `scores/part-${step}-${String(part).padStart(5, '0')}.parquet` },
    ...{ partition: {}, step, part, rows: 1, bytes: 1, sha256: '0'.repeat(64) },
    ...{ committed: '2026-01-31T12:00:00.000Z', metadata: {} },
  }))

t.test('what a manifest of earlier versions lists is gone on from', async (t) => {
  const folder = join(t.testdir(), 'set')
  cpSync('test/fixtures/dataSetV1', folder, { recursive: true })
  const before = readFileSync(manifestOf(folder), 'utf8')
  const names = namesOf((JSON.parse(before) as Manifest).files)
  const reader = await openLake(folder, { readOnly: true })
  t.same(namesOf(await reader.files()), names)
  t.equal(readFileSync(manifestOf(folder), 'utf8'), before)
  const lake = await openLake(folder)
  t.match(listed(folder), { version: 2, commit: 0, files: (JSON.parse(before) as Manifest).files })
  const parts = lake.parts('scores', { step: 'a', partition: { shown: 'a' } })
  await parts.write(scoresOf(3, 6))
  await parts.close()
  const files = await reader.files()
  t.same(namesOf(files), [...names, 'scores/shown=a/part-a-00002.parquet'])
  await lake.verify(files)
})

t.test('what is committed is what the manifest lists, and the commits after it', async (t) => {
  const folder = join(t.testdir(), 'set')
  const lake = await openLake(folder)
  const files = [await write(lake, 'a')]
  const early = readFileSync(manifestOf(folder))
  files.push(await write(lake, 'b'))
  files.push(await write(lake, 'c'))
  const whole = readFileSync(manifestOf(folder))
  t.equal(listed(folder).commit, 3)
  writeFileSync(manifestOf(folder), early)
  t.same(namesOf(await lake.files()), namesOf(files), 'an older manifest loses nothing')
  t.same(namesOf(await (await openLake(folder)).files()), namesOf(files))
  t.same(readFileSync(manifestOf(folder)), whole, 'and is brought up to date')
  rmSync(join(folder, '_commits'), { recursive: true })
  t.same(namesOf(await (await openLake(folder)).files()), namesOf(files), 'nor does a copy without commits')
  files.push(await write(lake, 'd'))
  t.same(readdirSync(join(folder, '_commits')), ['00000000000000000004.json'])
  t.same(namesOf(await lake.files()), namesOf(files))
})

t.test('the manifest of a large data set is written seldom, and when it is asked for', async (t) => {
  const folder = join(t.testdir(), 'set')
  const lake = await openLake(folder)
  await commit(homeOf(folder), () => ({ add: absent(300) }))
  await lake.checkpoint()
  const { mtimeNs } = statSync(manifestOf(folder), { bigint: true })
  await write(lake, 'a')
  t.equal(statSync(manifestOf(folder), { bigint: true }).mtimeNs, mtimeNs)
  t.equal((await lake.files()).length, 301)
  await lake.checkpoint()
  t.match(listed(folder), { commit: 2, files: { length: 301 } })
  const again = statSync(manifestOf(folder), { bigint: true })
  await lake.checkpoint()
  t.equal(
    statSync(manifestOf(folder), { bigint: true }).mtimeNs,
    again.mtimeNs,
    'nothing new, nothing written',
  )
  for (let i = 0; i < 50; i++) await commit(homeOf(folder), () => ({ add: absent(1, `b${i}`) }))
  await write(lake, 'c')
  t.equal(listed(folder).commit, 53, 'an eighth of the files was in commits alone')
})

/** How often files are opened and looked at while something is done. */
async function callsOf(work: () => unknown): Promise<{ readonly opened: number; readonly looked: number }> {
  const [open, look] = [fs.openSync, fs.lstatSync]
  let [opened, looked] = [0, 0]
  Object.assign(fs, {
    openSync: (...args: Parameters<typeof open>) => (opened++, open(...args)),
    lstatSync: (...args: Parameters<typeof look>) => (looked++, look(...args)),
  })
  syncBuiltinESMExports()
  try {
    await work()
  } finally {
    Object.assign(fs, { openSync: open, lstatSync: look })
    syncBuiltinESMExports()
  }
  return { opened, looked }
}

t.test('a commit and a question cost what is new, not what is there', async (t) => {
  const folder = join(t.testdir(), 'set')
  const lake = await openLake(folder)
  for (const step of ['m', 'n']) await commit(homeOf(folder), () => ({ add: absent(2000, step) }))
  await lake.checkpoint()
  await commit(homeOf(folder), () => ({ add: absent(2, 'asked') }))
  const asked = await callsOf(async () => t.equal((await lake.files({ step: 'asked' })).length, 2))
  t.ok(asked.opened <= 1 && asked.looked < 20, JSON.stringify(asked))
  const one = await callsOf(() => write(lake, 'a'))
  t.ok(one.opened < 30 && one.looked < 40, JSON.stringify(one))
})

t.test('a damaged commit is named', async (t) => {
  const folder = join(t.testdir(), 'set')
  const lake = await openLake(folder)
  const early = readFileSync(manifestOf(folder))
  for (const step of ['a', 'b', 'c']) await write(lake, step)
  writeFileSync(manifestOf(folder), early)
  const path = entryPlace(homeOf(folder), 2)
  const whole = readFileSync(path, 'utf8')
  const entry = JSON.parse(whole) as { readonly add: readonly object[] }
  const changed = (more: object) => () => writeFileSync(path, JSON.stringify({ ...entry, ...more }) + '\n')
  const cases: readonly (readonly [what: string, damage: () => void, message: RegExp])[] = [
    ['cut off', () => truncateSync(path, 40), /no commit that blindspot wrote.*JSON.*restore it/],
    [
      'empty',
      () => truncateSync(path, 0),
      /no commit that blindspot wrote.*empty.*delete it if it is the last/,
    ],
    ['no JSON', () => writeFileSync(path, 'commit\n'), /no commit that blindspot wrote/],
    ['nothing', () => writeFileSync(path, 'null\n'), /expected an object, got null/],
    ['large', () => truncateSync(path, 2 ** 30), /has 1074 MB, of a commit up to 64 are read/],
    ['missing', () => rmSync(path), /0002\.json is missing, while .*0003\.json is there/],
    ['newer', changed({ version: 3 }), /version 3, this blindspot reads up to 2; use a newer one/],
    ['another number', changed({ commit: 3 }), /commit: expected 2, got 3/],
    [
      'no file',
      changed({ add: [{ ...entry.add[0], rows: -1 }] }),
      /add\[0\]\.rows: expected a number from 0/,
    ],
    ['outside', changed({ add: [{ ...entry.add[0], file: '../x.parquet' }] }), /add\[0\]\.file: expected/],
    ['no names', changed({ remove: [7] }), /remove\[0\]: expected a text/],
    ['no number', changed({ fence: { step: 'a', number: 2 ** 53 - 1 } }), /fence\.number: expected at most/],
  ]
  for (const [what, damage, message] of cases) {
    damage()
    await refused(t, folder, what, message)
    writeFileSync(path, whole)
  }
  t.equal((await (await openLake(folder)).files()).length, 3)
})

async function refused(t: Test, folder: string, what: string, message: RegExp): Promise<void> {
  for (const readOnly of [true, false]) {
    // as another process, which has read nothing yet
    const { ino } = statSync(manifestOf(folder))
    writeFileSync(`${manifestOf(folder)}.new`, readFileSync(manifestOf(folder)))
    fs.renameSync(`${manifestOf(folder)}.new`, manifestOf(folder))
    t.not(statSync(manifestOf(folder)).ino, ino)
    await t.rejects(openLake(folder, { readOnly }), { code: 'bad-data', message }, what)
  }
}

t.test('on a file system without links', async (t) => {
  const folder = join(t.testdir(), 'set')
  const { linkSync } = fs
  const refuse = () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' })
  }
  Object.assign(fs, { linkSync: refuse })
  syncBuiltinESMExports()
  try {
    const lake = await openLake(folder)
    for (const step of ['a', 'b', 'a']) await lake.exclusively(step, () => write(lake, step))
    t.same(namesOf(await lake.files()), ['scores/part-b-00000.parquet', 'scores/part-a-00000.2.parquet'])
    await lake.verify(await lake.files())
    t.same(readdirSync(join(folder, 'scores')).sort(), ['part-a-00000.2.parquet', 'part-b-00000.parquet'])
    t.equal(readdirSync(join(folder, '_commits')).length, 3)
    t.same(readdirSync(join(folder, '.tmp')), [])
  } finally {
    Object.assign(fs, { linkSync })
    syncBuiltinESMExports()
  }
})

t.test('what nobody could read back is not committed', async (t) => {
  const folder = join(t.testdir(), 'set')
  const lake = await openLake(folder)
  const deep: unknown = Array.from({ length: 40 }).reduce((inner) => ({ inner }), {})
  const writer = lake.writer('scores', { step: 'deep', metadata: { deep } })
  await writer.write(scoresOf(1))
  await t.rejects(writer.close(), { code: 'bad-option', message: /at most 32 levels/ })
  t.same(await lake.files(), [])
  t.same(readdirSync(join(folder, 'scores')), [], 'nor does its file stay')
  t.same(readdirSync(join(folder, '.tmp')), [])
})
