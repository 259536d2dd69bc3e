import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { report } from '../../../pipelines/report/report.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { scoresOf } from '../records.js'

type Json = Record<string, unknown>

const root = t.testdir()
const folder = join(root, 'set')
const path = join(folder, 'manifest.json')
const lake = await openLake(folder)
for (const step of ['a', 'b']) {
  const writer = lake.writer('scores', { step, partition: { shown: step }, metadata: { images: 3 } })
  await writer.write(scoresOf(3))
  await writer.close()
}
const whole = readFileSync(path, 'utf8')
const [first] = await lake.files()

/** Whoever reads a data set says the same of it, changes nothing, and never pollutes what all objects have. */
async function refused(t: Test, what: string, message: RegExp, code = 'bad-data') {
  const before = readdirSync(folder).sort()
  const readers: [by: string, read: () => Promise<unknown>][] = [
    ['openLake', () => openLake(folder)],
    ['openLake, read only', () => openLake(folder, { readOnly: true })],
    ['report', () => report(folder)],
  ]
  for (const [by, read] of readers)
    await t.rejects(read(), { name: 'BlindspotError', code, message }, `${what}: ${by}`)
  t.same(Object.keys(Object.prototype), [])
  t.same(readdirSync(folder).sort(), before)
}

/** The first file of the manifest with one value changed; undefined takes it away. */
const withFile = (key: string, value: unknown) => {
  const manifest = JSON.parse(whole) as { files: Json[] }
  manifest.files[0] = { ...manifest.files[0], [key]: value }
  return JSON.stringify(manifest)
}
const withKey = (key: string, value: unknown) =>
  JSON.stringify({ ...(JSON.parse(whole) as Json), [key]: value })

const NO_TEXT = [undefined, null, 7, true, [], {}, '']
const NO_COUNT = [undefined, null, '3', -1, 1.5, 2 ** 53, true, [], {}]
const nested = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => ({ inner }), {})

t.test('every value of a manifest is checked, and the error names it', async (t) => {
  const odd: Record<string, readonly unknown[]> = {
    table: [...NO_TEXT, '__proto__', 'constructor', '../scores', 'a/b', 'a b', '.tmp', 'models'],
    file: [
      ...NO_TEXT,
      '../x.parquet',
      '/etc/passwd',
      '/dev/zero',
      'scores/../../x.parquet',
      'scores\\shown=a\\part-a-00000.parquet',
      './scores/shown=a/part-a-00000.parquet',
      'scores/shown=a/part-a-00000.parquet\0',
      ...['1', '02', '2.2', '-2', 'x'].map((which) => `scores/shown=a/part-a-00000.${which}.parquet`),
      'manifest.json',
    ],
    partition: [
      undefined,
      null,
      'shown=a',
      [],
      {},
      { shown: 7 },
      { shown: '' },
      { shown: 'b' },
      { 'a/b': 'a' },
      { constructor: 'a' },
      JSON.parse('{"__proto__": "a"}'),
    ],
    step: [...NO_TEXT, 'b', '\ud800', 'x'.repeat(300)],
    part: [...NO_COUNT, 1],
    rows: NO_COUNT,
    bytes: NO_COUNT,
    sha256: [...NO_TEXT, 'ab', 'G'.repeat(64)],
    committed: [...NO_TEXT, 'yesterday', '2026-13-45T99:00:00Z'],
    metadata: [undefined, null, 7, 'x', [], nested(40)],
  }
  for (const [key, values] of Object.entries(odd))
    for (const value of values) {
      writeFileSync(path, withFile(key, value))
      await refused(t, `${key} = ${JSON.stringify(value)}`, /manifest\.json.*files\[0\]/)
    }
  for (const [key, values] of Object.entries({
    format: [undefined, null, 'delta', []],
    version: [undefined, null, '1', 0, 3, 1e9],
    commit: [null, '1', -1, 1.5, []],
    fences: [null, [], { a: '1' }, { a: -1 }, { a: 2 ** 53 }],
    created: NO_TEXT,
    files: [undefined, null, {}, 'x', [null], [7], [[]]],
  }))
    for (const value of values) {
      writeFileSync(path, withKey(key, value))
      await refused(t, `${key} = ${JSON.stringify(value)}`, /manifest\.json/)
    }
  const twice = JSON.parse(whole) as { files: Json[] }
  writeFileSync(path, JSON.stringify({ ...twice, files: [...twice.files, twice.files[0]] }))
  await refused(t, 'a file twice', /each file once, got "scores\/shown=a\/part-a-00000\.parquet"/)
  for (const text of ['', 'null', '[]', '7', '"x"', '{"files": [', '['.repeat(1e6), '{"a":'.repeat(1e5)]) {
    writeFileSync(path, text)
    await refused(t, JSON.stringify(text.slice(0, 10)), /manifest\.json/)
  }
  writeFileSync(path, whole.replace('"created"', '"__proto__": {"polluted": 1}, "more": 1, "created"'))
  t.equal((await (await openLake(folder)).files()).length, 2, 'what is not known is not looked at')
  t.equal(({} as Json)['polluted'], undefined)
  await truncate(path, 2 ** 30)
  await refused(t, '1 GB', /has 1074 MB, of a manifest up to 256 are read/)
  writeFileSync(path, whole)
  t.same(await (await openLake(folder)).files(), await lake.files())
})

t.test('a manifest that is none', { skip: process.platform === 'win32' }, async (t) => {
  rmSync(path)
  execFileSync('mkfifo', [path])
  await refused(t, 'pipe', /manifest\.json cannot be read: expected a file, got a pipe/, 'io')
  rmSync(path)
  symlinkSync('/dev/zero', path)
  await refused(t, 'device', /manifest\.json cannot be read: expected a file, got a device/, 'io')
  rmSync(path)
  writeFileSync(path, whole)
})

t.test('a committed file is a file, in the folder', { skip: process.platform === 'win32' }, async (t) => {
  const outside = join(root, 'outside.parquet')
  cpSync(first.path, outside)
  const back = () => {
    rmSync(join(folder, 'scores'), { recursive: true, force: true })
    cpSync(join(root, 'kept'), join(folder, 'scores'), { recursive: true })
  }
  cpSync(join(folder, 'scores'), join(root, 'kept'), { recursive: true })
  const cases: [what: string, put: () => void, says: RegExp][] = [
    ['pipe', () => execFileSync('mkfifo', [first.path]), /part-a-00000\.parquet is no file but a pipe/],
    ['folder', () => mkdirSync(first.path), /part-a-00000\.parquet is no file but a folder/],
    ['device', () => symlinkSync('/dev/zero', first.path), /leads out of the data set, to \/dev\/zero/],
    ['link', () => symlinkSync(outside, first.path), /leads out of the data set, to .*outside\.parquet/],
    ['ring', () => symlinkSync(first.path, first.path), /cannot be read/],
  ]
  for (const [what, put, says] of cases) {
    rmSync(first.path)
    put()
    await refused(t, what, says, what === 'ring' ? 'io' : 'bad-data')
    back()
  }
  // the folder above leads out: reading and writing
  rmSync(join(folder, 'scores'), { recursive: true })
  symlinkSync(join(root, 'kept'), join(folder, 'scores'))
  await refused(t, 'folder that leads out', /leads out of the data set/)
  t.throws(() => lake.writer('scores', { step: 'c', partition: { shown: 'a' } }), { code: 'bad-data' })
  rmSync(join(folder, 'scores'))
  back()
  t.equal((await (await openLake(folder)).files()).length, 2)
})

t.test('odd names are not written', async (t) => {
  for (const table of ['__proto__', '', 'a b', '../x', '.tmp', '9'])
    t.throws(() => lake.writer(table, { step: 's' }), { code: 'bad-option' }, table)
  t.throws(() => lake.writer('scores', { step: '\ud800' }), {
    code: 'bad-option',
    message: /half a character/,
  })
  const writer = lake.writer('constructor', { step: 's', partition: { constructor: 'a' } })
  const { toArrow } = (await import('../../../operators/records/tables.js')).TABLES.scores
  await writer.write(toArrow(scoresOf(1)))
  await writer.close()
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { tables: Json }
  t.same(manifest.tables['constructor'], { files: 1, rows: 1, bytes: (await lake.files()).at(-1)?.bytes })
  t.equal((await lake.files({ partition: { constructor: 'a' } })).length, 1)
})

t.test('what was put aside is named until it is written again', async (t) => {
  const said: string[] = []
  const listen = ({ message }: Error) => void said.push(message)
  process.on('warning', listen)
  t.teardown(() => process.off('warning', listen))
  const told = async () => {
    said.length = 0
    await openLake(folder)
    await new Promise(setImmediate)
    return said.filter((message) => message.includes('strays'))
  }
  t.same(await told(), [])
  const stray = join(folder, 'scores', 'shown=a', 'part-killed-00000.parquet')
  cpSync((await lake.files())[0].path, stray)
  t.match((await told()).join(), /not in the manifest, moved to .*part-killed/)
  t.match((await told()).join(), /put aside by an earlier run.*part-killed-00000\.parquet/)
  const writer = lake.writer('scores', { step: 'killed', partition: { shown: 'a' } })
  await writer.write(scoresOf(3))
  await writer.close()
  t.same(await told(), [])
  t.ok(existsSync(stray))
  t.same(readdirSync(join(folder, '.tmp', 'strays')), [])
})
