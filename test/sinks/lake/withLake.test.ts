import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { withLake } from '../../../sinks/lake/withLake.js'
import { put, modelOf } from '../../pipelines/dataSet.js'

const root = t.testdir()
const failure = new Error('full')

/** Makes what a step does that fails before it commits, and fails. */
const fails = ({ folder }: Lake): Promise<never> => {
  mkdirSync(join(folder, 'examples', 'source=a'), { recursive: true })
  mkdirSync(join(folder, 'sweeps'))
  writeFileSync(join(folder, 'sweeps', 'mine.json'), '{}')
  return Promise.reject(failure)
}
const notes = ['sweeps/mine.json']

t.test('what a call made new goes when it fails, and nothing else', async (t) => {
  await t.rejects(withLake(join(root, 'higher', 'new'), fails, notes), failure)
  t.notOk(existsSync(join(root, 'higher')))

  const there = join(root, 'there')
  mkdirSync(join(there, 'empty'), { recursive: true })
  writeFileSync(join(there, 'mine.txt'), '')
  await t.rejects(withLake(there, fails, notes), failure)
  t.same(readdirSync(there), ['empty', 'mine.txt'])

  await t.rejects(withLake(join(root, 'noted'), fails), failure)
  t.ok(existsSync(join(root, 'noted', 'sweeps', 'mine.json')), 'a file that was not told of stays')
})

t.test('nothing goes where something is committed, or was, or somebody else is at it', async (t) => {
  const modelInto = (lake: Lake) => put(lake, 'models', { name: 'mine' }, [modelOf('mine', 0.1, 0.2)])
  const committed = join(root, 'committed')
  await t.rejects(
    withLake(committed, async (lake) => {
      await modelInto(lake)
      return fails(lake)
    }),
    failure,
  )
  t.equal((await (await openLake(committed, { readOnly: true })).files()).length, 1)

  const opened = join(root, 'opened')
  await openLake(opened)
  await t.rejects(withLake(opened, fails, notes), failure)
  t.ok(existsSync(join(opened, 'manifest.json')))

  const shared = join(root, 'shared')
  await withLake(shared, async (lake) => {
    await t.rejects(withLake(shared, fails, notes), failure)
    t.ok(existsSync(join(shared, 'manifest.json')))
    await modelInto(lake)
  })
  t.same(readdirSync(join(shared, '.tmp')), [], 'no mark is left')
})
