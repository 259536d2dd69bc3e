import { cpSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openLake, performAll, type Effort, type Lake } from 'blindspot'
import { paperSteps, type PaperPlan } from '../../pipelines/paperSteps.js'
import type { PlannedStep } from '../../pipelines/steps/stepKind.js'
import { cellsOf, tablesOf } from './tables/asked.js'
import { writeImages } from './smallImages.js'
import { rowsOf, watched } from './steps/watched.js'

/** Of either split; and how many of them are attacked. */
const COUNT = 120
const LIMIT = 3

const root = t.testdir()
const data = writeImages(join(root, 'images'), 1, COUNT)

/** The steps of the paper but for its rankings, with small networks on small images of three classes: steps are plain data. */
const planned = (limit: number): PaperPlan => {
  const text = JSON.stringify(paperSteps({ quick: true, literal: true, limit }))
  const small = text
    .replaceAll('"mnist:', `"mnist@${data}:`)
    .replaceAll('"epochs":8', '"epochs":12,"batchSize":5')
    .replaceAll(/("architecture":"(?:FC|AE))(?:(\d+-)+)?10/g, (_, kind: string, hidden?: string) =>
      hidden === undefined ? `${kind}3` : `${kind}8-3`,
    )
  const plan = JSON.parse(small) as PaperPlan
  return { ...plan, others: plan.others.filter(({ step }) => step.kind !== 'rank') }
}
const { trainings, others } = planned(LIMIT)
const whole = await openLake(join(root, 'whole'))
const trained = await performAll(whole, trainings)
cpSync(whole.folder, join(root, 'cut'), { recursive: true })

/** The tables as they are without their SQL, which names the steps. */
const told = async (lake: Lake, runs: readonly string[], first: number) =>
  Object.fromEntries(
    Object.entries(await tablesOf(lake, { first, runs })).map(([name, table]) => [name, cellsOf(table)]),
  )

const perform = async (lake: Lake, steps: readonly PlannedStep[], effort: Effort = {}) =>
  // in this thread: that threads give the same rows is the attack's to show
  (await performAll(lake, steps, { workers: 0, ...effort })).map(({ id }) => id)

const runs = [...trained.map(({ id }) => id), ...(await perform(whole, others))]
const tables = await told(whole, runs, LIMIT)

t.test('interrupted and failing anywhere it goes on, to the same rows', async (t) => {
  const lake = await openLake(join(root, 'cut'))
  t.same(await perform(lake, trainings), runs.slice(0, trainings.length), 'what is trained stays trained')
  const files = (await lake.files()).length
  // before the so many-th batch of each attempt
  for (const writes of [3, 11]) {
    const interrupt = new AbortController()
    const cut = watched(lake, (write) => {
      if (write === writes) interrupt.abort()
    })
    await t.rejects(perform(cut, others, { signal: interrupt.signal }), { name: 'AbortError' })
    const failing = watched(lake, (write) => {
      if (write === writes) throw new Error('the disk is full')
    })
    await t.rejects(perform(failing, others), /the disk is full/)
  }
  t.ok((await lake.files()).length > files, 'what was whole is kept')
  t.same(await perform(lake, others), runs.slice(trainings.length))
  for (const table of ['examples', 'searches', 'scores'] as const) {
    const [mine, all] = await Promise.all(
      [lake, whole].map(async (of) => (await rowsOf(of, { table })).map((row) => JSON.stringify(row)).sort()),
    )
    t.ok(all.length > 0, `${all.length} ${table}`)
    t.equal(mine.length, all.length)
    // rows that differ are too long to be shown
    t.same(
      [...mine.entries()].filter(([i, row]) => row !== all[i]).map(([i]) => i),
      [],
      table,
    )
  }
})

t.test('a larger limit adds, a smaller one gives what it gave', async (t) => {
  const before = await whole.files()
  const more = planned(LIMIT + 1)
  const messages: string[] = []
  const effort: Effort = { onProgress: ({ label }) => void messages.push(label) }
  t.same(await perform(whole, [...more.trainings, ...more.others], effort), runs, 'the same steps')
  t.notMatch(messages.join('\n'), /^train |clean/m)
  t.same((await whole.files()).slice(0, before.length), before, 'what is there stays')
  const added = (await whole.files()).slice(before.length)
  t.same(
    ['examples', 'scores', 'models', 'searches'].map(
      (name) => added.filter(({ table }) => table === name).length,
    ),
    [6 + 6 + 3, 6 + 3 + 2 * 3 + 3 + 2, 0, 0],
    'a file for each attack, each of its scores and each noise',
  )
  messages.length = 0
  await perform(whole, [...trainings, ...others], effort)
  t.same(messages, [], 'nothing is left to do')
  t.same((await whole.files()).length, before.length + added.length)
  t.same(await told(whole, runs, LIMIT), tables)
  t.strictNotSame(await told(whole, runs, LIMIT + 1), tables)
})

t.test('a network that is not the recorded one is trained again', async (t) => {
  const networks = join(whole.folder, 'networks')
  cpSync(join(networks, 'FC10(1)'), join(networks, 'FC10(1e-2)'), { recursive: true })
  const begun = new Set<string>()
  await perform(whole, [...trainings, ...others], { onProgress: ({ label }) => void begun.add(label) })
  t.same([...begun], ['train FC10(1e-2)'])
  t.same(await told(whole, runs, LIMIT), tables)
})
