import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { objectStore } from '../../../sources/objects/objectStore.js'
import { environmentOf, NEEDS_VERSITYGW, SECRET_KEY, startVersitygw } from '../../objects.js'
import { python } from '../../python.js'
import { blindspot } from '../commandLine.js'
import { writeImages } from '../smallImages.js'

const root = t.testdir()
const reader = python(['deltalake', 'pyiceberg'])

t.test('every command works on a data set in an object store', { skip: NEEDS_VERSITYGW }, async (t) => {
  const server = await startVersitygw('bucket')
  t.teardown(() => server.close())
  Object.assign(process.env, environmentOf(server.url), { BLINDSPOT_CACHE: join(root, 'cache') })
  const images = `mnist@${writeImages(join(root, 'images'), 1, 60)}`
  const at = 's3://bucket/a prefix'
  const store = objectStore(at)
  const done = async (...args: string[]) => {
    const { code, out, err } = await blindspot(...args)
    t.equal(code, 0, `${args[0]}: ${err}`)
    t.notMatch(out + err, SECRET_KEY)
    return out
  }
  for (const [name, seed] of [
    ['one', '1'],
    ['two', '2'],
  ])
    await done(
      'train',
      'FC6-3',
      '--data',
      `${images}:train`,
      '--name',
      name,
      '--seed',
      seed,
      '--out',
      `${at}/${name}`,
    )
  t.match(await store.list('one'), [{ name: '_commits' }, { name: 'manifest.json' }, { name: 'model.json' }])
  const models = ['--models', `${at}/one`, `${at}/two`]
  const set = `${at}/set`
  await done('evaluate', `${at}/one`, '--data', `${images}:test`)
  await done('attack', `${at}/one`, '--data', `${images}:test`, '--limit', '12', '--out', set)
  await done('score', set, ...models, '--out', set)
  await done(
    'rank',
    `${at}/one`,
    '--layer',
    'hidden1',
    '--data',
    `${images}:test`,
    '--count',
    '4',
    '--out',
    set,
  )
  const answer = join(root, 'answer.json')
  await done('query', set, 'SELECT DISTINCT model FROM scores ORDER BY ALL', '--out', answer)
  const rows = JSON.parse(readFileSync(answer, 'utf8')) as unknown
  t.match(rows, [{ model: 'one' }, { model: 'two' }])
  const fresh = join(root, 'fresh')
  process.env['BLINDSPOT_CACHE'] = fresh
  await done('query', set, 'cost', '--out', `${at}/answers/cost.csv`)
  t.match(await store.text('answers/cost.csv', () => undefined), /^source_model,/)
  const copied = readdirSync(join(fresh, 'objects'))
  t.ok(copied.length > 0 && copied.every((name) => name.includes('-without-')), 'it is about no image')
  await store.put('cases.csv', 'index,target\n0,1\n1,2\n')
  const cases = ['--cases', `${at}/cases.csv`, '--out', `${at}/cases`]
  await done('attack', `${at}/one`, '--data', `${images}:test`, ...cases)
  await done('evaluate', `${at}/two`, '--data', `parquet@adversarial:${at}/s*t/examples/**/*.parquet`)
  t.match(await done('report', set), `${set}/report.html`)
  t.match(await store.text('set/report.html', () => undefined), /^<!doctype html>/i)
  t.ok((await store.list('set/figures'))?.length, 'pictures of the ranking')
  await done('evaluate', `${at}/two`, '--data', `parquet@adversarial:${set}/examples`)
  for (const format of ['delta', 'iceberg']) await done('table', set, '--format', format)
  await done('attack', `${at}/one`, '--data', `${images}:test`, '--limit', '20', '--out', set)
  const again = await done('attack', `${at}/one`, '--data', `${images}:test`, '--limit', '20', '--out', set)
  t.match(again, /examples/)

  const small = `${at}/small`
  const attackSmall = (limit: string) =>
    done('attack', `${at}/one`, '--data', `${images}:test`, '--limit', limit, '--out', small)
  await attackSmall('4')
  await attackSmall('8')
  t.match(
    await done('verify', small, ...models),
    /2 files, 8 rows, .*all as committed; .*, 8 shown again to one$/m,
  )
  t.match(await done('compact', small, '--grace', '0'), /examples\/source=one\/.*: 8 rows of 2 files/)
  t.match(await done('verify', small), /1 file, 8 rows, .*all as committed/)
  await attackSmall('12')
  t.match(await done('runs', small), /attack .*one; l-bfgs, random/)
  t.match(await done('export', small, '--npy', '--out', `${at}/arrays`), /in 11 files/)
  for (const name of readdirSync(join(root, 'images')))
    await store.put(`images/${name}`, readFileSync(join(root, 'images', name)))
  await done('evaluate', `${at}/one`, '--data', `mnist@${at}/images:test`)
  const wrong = await blindspot(
    'attack',
    `${at}/one`,
    '--data',
    `mnist@${at}/none:test`,
    '--out',
    `${at}/new`,
  )
  t.match(wrong, { code: 2, err: /none: expected a folder of IDX files/ })
  const beyond = await blindspot(
    'attack',
    `${at}/one`,
    '--data',
    `${images}:test`,
    '--target',
    '3',
    '--out',
    `${at}/new`,
  )
  t.match(beyond, { code: 2, err: /target: expected a class of the model, from 0 to 2, got 3/ })
  t.equal(await store.list('new', true), undefined, 'nothing is left')

  const spec = join(root, 'sweep.json')
  const grid = { architecture: 'FC6-3', seed: [1, 2], data: `${images}:train` }
  const attack = { data: `${images}:test`, limit: 4 }
  writeFileSync(spec, JSON.stringify({ train: grid, attack, score: { pairs: 'all' } }))
  const sweep = ['sweep', 'run', spec, '--out', `${at}/sweep`, '--workers', '1']
  t.match(await done(...sweep), /6 of 6 steps done, 6 in this run/)
  t.match(await done(...sweep), /6 of 6 steps done, 0 in this run/)

  if ('skip' in reader) return void t.pass('other readers', { skip: reader.skip })
  const read = spawnSync(reader.path, ['-c', READ, `${set}/examples`, server.url], {
    encoding: 'utf8',
    env: { ...process.env, AWS_ALLOW_HTTP: 'true' },
  })
  t.equal(read.stdout.trim(), '20 20', read.stderr)
})

t.test('a place of another scheme is no folder of this machine', async (t) => {
  for (const place of ['s3a://bucket/x', 's3:bucket/x', 's3:/bucket/x', 'http://bucket/x', 'S3://bucket/x']) {
    const { code, err } = await blindspot('attack', 'none', '--data', 'mnist:test', '--out', place)
    t.equal(code, 2, place)
    t.match(err, `${place}: expected a path, or s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://BUCKET/PREFIX`)
  }
})

/** Rows of a table as Delta and as Iceberg, by readers that go to the store themselves. */
const READ = `
import sys, os, deltalake
from pyiceberg.table import StaticTable
place, endpoint = sys.argv[1:]
delta = deltalake.DeltaTable(place.replace(" ", "%20")).to_pyarrow_table().num_rows
with_keys = {"s3.endpoint": endpoint, "s3.access-key-id": os.environ["AWS_ACCESS_KEY_ID"],
             "s3.secret-access-key": os.environ["AWS_SECRET_ACCESS_KEY"], "s3.region": "us-east-1"}
iceberg = StaticTable.from_metadata(place + "/metadata/v2.metadata.json", with_keys).scan().to_arrow().num_rows
print(delta, iceberg)
`
