import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { openLake } from '../../../sinks/lake/openLake.js'
import { askData } from '../../../pipelines/tables/askData.js'
import { objectStore } from '../../../sources/objects/objectStore.js'
import { readScores } from '../../../sources/records.js'
import { environmentOf, faulty, NEEDS_VERSITYGW, startVersitygw } from '../../objects.js'
import type { Server } from '../../servers.js'
import { collect, scoresOf } from '../records.js'

const child = fileURLToPath(new URL('lakeChild.js', import.meta.url))
const run = promisify(execFile)
const STEP = '0123456789abcdef'

if (NEEDS_VERSITYGW) t.pass('nothing to be asked', { skip: NEEDS_VERSITYGW })
else {
  process.env['BLINDSPOT_CACHE'] = t.testdir()
  const server = await startVersitygw('lakes')
  t.teardown(() => server.close())
  use(server)
  await tests(server)
}

function use({ url }: Pick<Server, 'url'>): void {
  Object.assign(process.env, environmentOf(url))
}

async function tests(server: Server): Promise<void> {
  await t.test('what is written is committed, read, asked and put right', async (t) => {
    const place = 's3://lakes/one set'
    const lake = await openLake(place)
    t.equal(lake.folder, place)
    const parts = lake.parts('scores', { step: STEP, partition: { shown: 'FC10(1), ünd' }, rowsPerFile: 4 })
    for (let at = 0; at < 12; at += 4) await parts.write(scoresOf(4, at))
    await parts.close()
    const files = await lake.files()
    t.equal(files.length, 3)
    for (const { path } of files) t.match(path, /^s3:\/\/lakes\/one set\/scores\/shown=FC10%281%29%2C%20/)
    await lake.verify(files)
    const scores = await collect(readScores(`${place}/scores`))
    t.same(
      scores.flatMap(({ index }) => [...index]),
      Array.from({ length: 12 }, (_, i) => i),
    )
    t.same(await askData(lake, (database) => database.rows('SELECT count(*) AS n FROM scores')), [{ n: 12 }])

    // a process that died left one, and one is lost
    const store = objectStore(place)
    await store.put('scores/shown=x/part-0123456789abcdef-00007.123456789.parquet', 'half')
    await store.remove(files[1].file)
    const again = await openLake(place)
    t.same(
      (await again.files()).map(({ part }) => part),
      [0],
      'a step goes on before what is lost',
    )
    t.equal(await store.list('scores/shown=x'), undefined, 'what nobody committed is gone')
    await t.rejects(openLake('s3://lakes/none', { readOnly: true }), {
      code: 'io',
      message: /is no data set/,
    })
    await store.put(files[0].file, 'of another')
    await t.rejects(again.verify(await again.files()), {
      code: 'bad-data',
      message: /is not what was committed/,
    })
  })

  await t.test('processes that commit at once lose nothing', async (t) => {
    const place = 's3://lakes/races'
    await openLake(place)
    const writers = ['a', 'b', 'c'].map((name) => run(process.execPath, [child, 'commit', place, name, '12']))
    await Promise.all(writers)
    const lake = await openLake(place, { readOnly: true })
    const files = await lake.files()
    t.equal(new Set(files.map(({ step }) => step)).size, 36)
    await lake.verify(files)
  })

  await t.test('a step is done by one at a time; a dead one is out', async (t) => {
    const place = 's3://lakes/steps'
    const lake = await openLake(place)
    await lake.exclusively(STEP, async () => {
      t.match(await lake.ownerOf(STEP), new RegExp(`^process ${process.pid} of host`))
      await t.rejects(
        lake.exclusively(STEP, () => Promise.resolve()),
        { code: 'busy' },
      )
      await t.rejects(run(process.execPath, [child, 'take', place, STEP]), /is at the same work/)
    })
    t.equal(await lake.ownerOf(STEP), undefined)
    await run(process.execPath, [child, 'take', place, STEP])
    t.equal((await lake.files()).length, 1)
    const dying = fork(child, ['rows', place, '100000'])
    await once(dying, 'message')
    dying.kill('SIGKILL')
    await once(dying, 'exit')
    t.equal(await lake.exclusively('rows', () => Promise.resolve('mine')), 'mine', 'taken over at once')
  })

  await t.test('killed at any moment', async (t) => {
    const args = ['dist/bench/kills.js', 'times=6', 'rows=60', 'place=s3://lakes/kills']
    const { stdout } = await run(process.execPath, args)
    t.match(stdout, /every row once, every file whole, nothing left/)
  })

  await t.test('a network that loses requests and answers loses no commit', async (t) => {
    const network = await faulty(server, (_, __, count) =>
      count % 7 === 3 ? 'lost' : count % 7 === 5 ? 'dropped' : 'none',
    )
    t.teardown(() => network.close())
    const env = { ...process.env, ...environmentOf(network.url) }
    const place = 's3://lakes/faults'
    await run(process.execPath, [child, 'commit', place, 'a', '6'], { env })
    const lake = await openLake(place, { readOnly: true })
    t.same(
      (await lake.files()).map(({ step }) => step),
      Array.from({ length: 6 }, (_, i) => `a-${i}`),
    )
    await lake.verify(await lake.files())
  })
}
