import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  askData,
  attackStep,
  localExecutor,
  openLake,
  performPlan,
  sweep,
  sweepSteps,
  trainStep,
  type Executor,
  type Outcome,
  type PlannedStep,
  type PlanStanding,
  type SweepSpec,
  type Task,
} from 'blindspot'
import { savedSweeps, saveSweep } from '../../../pipelines/sweep/spec/savedSweeps.js'
import { nodesOf } from '../../../pipelines/sweep/shard.js'
import { graphOf } from '../../../pipelines/sweep/graph.js'
import { sweepStanding } from '../../../pipelines/sweep/sweepStanding.js'
import { checkSweep } from '../../../pipelines/sweep/spec/sweepSpec.js'
import { stepsOf } from '../../../pipelines/sweep/spec/sweepSteps.js'
import { writeImages } from '../smallImages.js'
import { hereExecutor } from './here.js'
import { rowsIn } from './rows.js'

const root = t.testdir()
const images = writeImages(join(root, 'images'), 1, 60)
const data = { data: `mnist@${images}:train`, test: `mnist@${images}:test` }
const spec: SweepSpec = {
  train: { ...data, architecture: ['FC3', 'FC5-3'], lambda: [1e-3, 0.1], epochs: 2, batchSize: 10 },
  attack: { limit: 24, shard: 10 },
  score: { noise: 0.2 },
}
const steps = sweepSteps(spec)
const KINDS = ['train', 'attack', 'score']
const backwards = [...steps].reverse().sort((a, b) => KINDS.indexOf(a.step.kind) - KINDS.indexOf(b.step.kind))

const undisturbed = (async () => {
  const lake = await openLake(join(root, 'undisturbed'))
  await performPlan(lake, steps, hereExecutor(lake, { slots: 1 }))
  return rowsIn(lake)
})()

t.test('a sweep that is ended before anything is committed leaves no folder', async (t) => {
  const root = t.testdir()
  const out = join(root, 'higher', 'set')
  const train = { architecture: 'FC10', limit: 100 }
  await t.rejects(sweep({ train }, { out, workers: 1, signal: AbortSignal.abort() }), { name: 'AbortError' })
  t.same(readdirSync(root), [])
})

t.test('every step is done once, after those that it needs', async (t) => {
  const lake = await openLake(join(root, 'once'))
  const [begun, told]: [Task[], PlanStanding[]] = [[], []]
  const executor = hereExecutor(lake, { slots: 3, onTask: (task) => begun.push(task) })
  const result = await performPlan(lake, steps, executor, { onStanding: (one) => told.push(one) })
  t.same(begun.map(({ step }) => step.name).sort(), steps.map(({ step }) => step.name).sort())
  const at = new Map(begun.map(({ step }, i) => [step.name, i]))
  t.ok(
    begun.every(({ step }) =>
      step.needs.every((need) => (at.get(need) ?? Infinity) < (at.get(step.name) ?? 0)),
    ),
  )
  t.same([result.steps, result.done, result.made, result.failed, result.secondsLeft], [21, 21, 21, 0, 0])
  t.equal(result.runs.length, 4 + 4 + 5, 'the shards of an attack are one run')
  t.equal(Math.max(...told.map(({ running }) => running)), 3)
  t.same(await rowsIn(lake), await undisturbed)
  const again = await performPlan(lake, steps, {
    slots: 1,
    perform: () => t.fail() as never,
    close: () => executor.close(),
  })
  t.same([again.done, again.made, again.runs], [21, 0, result.runs], 'nothing is left to do')

  const another = await performPlan(
    lake,
    sweepSteps({ ...spec, name: 'another', attack: { limit: 30, shard: 10 } }),
    executor,
  )
  t.same(
    [another.done, another.made],
    [21, 4 + 4 + 1],
    'more images: the last shards, and what is shown of them',
  )
})

t.test('two at the same plan at once, and in any order', async (t) => {
  const lake = await openLake(join(root, 'twice'))
  const counts = new Map<string, number>()
  const onTask = ({ step }: Task) => counts.set(step.name, (counts.get(step.name) ?? 0) + 1)
  const results = await Promise.all([
    performPlan(lake, steps, hereExecutor(lake, { onTask })),
    performPlan(lake, backwards, hereExecutor(await openLake(lake.folder), { onTask })),
  ])
  t.same(
    results.map(({ done, failed }) => [done, failed]),
    [
      [21, 0],
      [21, 0],
    ],
  )
  t.same(
    results.flatMap(({ failures }) => failures),
    [],
  )
  t.ok(results[0].made + results[1].made >= 21)
  t.same(await rowsIn(lake), await undisturbed, 'no row twice')
})

t.test('a plan that cannot be', async (t) => {
  const lake = await openLake(join(root, 'cannot'))
  const [first, ...others] = steps
  const perform = (plan: readonly PlannedStep[]) => performPlan(lake, plan, hereExecutor(lake))
  await t.rejects(perform([...others, first]), {
    code: 'bad-option',
    message: /expected train .*, which it needs, before it/,
  })
  await t.rejects(perform([first, first]), { code: 'bad-option', message: /expected a name of its own/ })
})

t.test('what an executor says is done has to be in the data set', async (t) => {
  const lake = await openLake(join(root, 'said'))
  const executor = {
    slots: 2,
    perform: () => Promise.resolve({ kind: 'done' } as const),
    close: () => Promise.resolve(),
  }
  await t.rejects(performPlan(lake, steps, executor), {
    code: 'bad-data',
    message:
      /train .*: expected its rows in .*said, as who performed it says, got none; see that the workers/,
  })
})

t.test(
  'an executor that is closed before or meanwhile is an error, unless the plan was to end',
  async (t) => {
    const lake = await openLake(join(root, 'closed'))
    const closed = localExecutor(lake.folder, { workers: 1 })
    await closed.close()
    await t.rejects(performPlan(lake, steps, closed), {
      code: 'bad-option',
      message: /^executor: expected one that is open, got one that is closed/,
    })
    t.same(await lake.files(), [])

    const executor = localExecutor(lake.folder, { workers: 1 })
    const onProgress = () => void executor.close()
    await t.rejects(performPlan(lake, steps, executor, { onProgress }), {
      code: 'bad-option',
      message: /^train .*: the executor was closed while the plan ran; what is committed stays/,
    })

    const [another, ending] = [localExecutor(lake.folder, { workers: 1 }), new AbortController()]
    const end = () => {
      ending.abort(new Error('enough'))
      void another.close()
    }
    await t.rejects(performPlan(lake, steps, another, { onProgress: end, signal: ending.signal }), {
      message: 'enough',
    })
  },
)

t.test('an executor that is none', async (t) => {
  const lake = await openLake(join(root, 'none'))
  const close = () => Promise.resolve()
  for (const slots of [0, NaN, undefined as unknown as number])
    await t.rejects(performPlan(lake, steps, { ...hereExecutor(lake), slots }), {
      code: 'bad-option',
      message: /^executor: slots: expected a number from 1, got/,
    })
  for (const outcome of [undefined, null, {}, { kind: 'ok' }]) {
    const perform = () => Promise.resolve(outcome as unknown as Outcome)
    await t.rejects(performPlan(lake, steps, { slots: 1, perform, close }), {
      code: 'bad-data',
      message: /^train .*: expected an outcome of kind done, busy, interrupted, failed of its executor, got/,
    })
  }
})

t.test('what an owner leaves that no other machine hears of any more is taken over', async (t) => {
  const lake = await openLake(join(root, 'left'))
  const [network] = steps
  const here = hereExecutor(lake)
  let tries = 0
  const executor: Executor = {
    ...here,
    async perform(task, options) {
      if (tries++ > 0) return here.perform(task, options)
      const owner = { pid: 7, place: 'elsewhere', started: '1', host: 'elsewhere' }
      writeFileSync(join(lake.folder, '.tmp', `${task.id}.lock`), JSON.stringify({ ...owner, token: 'a' }))
      return { kind: 'busy', message: 'process 7 of host elsewhere is at it' }
    },
  }
  const { done } = await performPlan(lake, [network], executor)
  t.same([done, tries], [1, 2])
})

t.test('a step runs when somebody has begun it', async (t) => {
  const lake = await openLake(join(root, 'begun'))
  const here = hereExecutor(lake)
  const [told, waiting]: [number[], (() => void)[]] = [[], []]
  const executor: Executor = {
    ...here,
    slots: 1000,
    async perform(task, options) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        setTimeout(() => waiting.shift()?.(), 20)
      })
      return here.perform(task, options)
    },
  }
  const networks = steps.filter(({ step }) => step.kind === 'train')
  await performPlan(lake, networks, executor, { onStanding: ({ running }) => told.push(running) })
  t.equal(told[0], 0, 'all are given out, and none has begun')
  t.ok(told.some((running) => running > 0))
})

t.test('shards of a plan need nothing but the data set', async (t) => {
  const lake = await openLake(join(root, 'shards'))
  const nodes = graphOf(steps)
  const parts = [0, 1, 2].map((index) => nodesOf(nodes, { index, count: 3 }))
  t.equal(
    parts.reduce((sum, part) => sum + part.size, 0),
    steps.length,
  )
  t.equal(new Set(parts.flatMap((part) => [...part])).size, steps.length, 'each step is of one')
  const shard = (index: number) =>
    performPlan(lake, steps, hereExecutor(lake), { shard: { index, count: 3 } })
  const last = await shard(2)
  t.same(
    [last.done, last.steps],
    [parts[2].size, parts[2].size],
    'one alone does what it needs of the others, too',
  )
  const results = await Promise.all([shard(0), shard(1)])
  t.same(
    results.map(({ done }) => done),
    [parts[0].size, parts[1].size],
  )
  t.same(await rowsIn(lake), await undisturbed)
})

t.test('a step that fails keeps back what needs it, and nothing else', async (t) => {
  const folder = join(root, 'failing')
  const lake = await openLake(folder)
  const cases = join(root, 'cases.csv')
  const [network] = steps
  const train = trainStep(network.step.spec as Parameters<typeof trainStep>[0])
  const attack = attackStep({ model: { train: train.spec }, images: { source: data.test }, cases }, [
    train.name,
  ])
  const need = {
    ...attackStep({ model: { train: train.spec }, images: { source: data.test } }, [attack.name]),
    name: 'next',
  }
  const planned: PlannedStep[] = [
    train,
    attack,
    need,
    trainStep({ ...train.spec, name: 'other', seed: 2, folder: 'networks/other' }),
  ].map((step) => ({ step, effort: { limit: 5 } }))
  mkdirSync(cases)
  const counts = { tried: 0 }
  const executor = hereExecutor(lake, {
    onTask: ({ step }) => void (counts.tried += Number(step.name === attack.name)),
  })
  const standing = () => performPlan(lake, planned, executor)
  await t.rejects(standing(), { code: 'bad-option' }, 'a spec that cannot be looked at is no step')
  rmSync(cases, { recursive: true })
  writeFileSync(cases, 'index,target\n1000000,1\n')
  await t.rejects(standing(), { code: 'bad-option' })
  t.end()
})

t.test('errored steps are left, or tried again', async (t) => {
  const lake = await openLake(join(root, 'errored'))
  const [first, ...others] = sweepSteps(spec)
  const taken = join(lake.folder, 'networks')
  // the model cannot be written
  writeFileSync(taken, '')
  let tried = 0
  const onTask = ({ step }: Task) => void (tried += Number(step.name === first.step.name))
  const executor = hereExecutor(lake, { onTask, slots: 4 })
  const failed = await performPlan(lake, [first, ...others], executor, { maxFailures: 2 })
  t.same([failed.failed, failed.blocked, failed.done], [4, 17, 0])
  t.equal(tried, 3, 'tried twice again')
  t.match(failed.failures[0], { name: first.step.name, message: /networks.*cannot be|could not be written/ })

  const left = await performPlan(lake, steps, executor)
  t.same([left.failed, left.blocked, tried], [4, 17, 3], 'skip')
  t.equal(left.failures[0].message, failed.failures[0].message)
  const rows = await askData(lake, (database) =>
    database.rows<{ step: string }>(
      'SELECT step, attempt, reason FROM errors WHERE "index" IS NULL ORDER BY step, attempt',
    ),
  )
  t.equal(rows.length, 12)
  t.match(
    rows.filter(({ step }) => step === first.step.name),
    [{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }],
  )

  await saveSweep(lake.folder, checkSweep(spec))
  const [saved] = await savedSweeps(lake.folder)
  const standing = await sweepStanding(saved, lake.folder)
  t.same([standing.failed, standing.blocked, standing.done], [4, 17, 0])
  t.match(standing.all[0], { state: 'failed', failure: { attempt: 3, message: failed.failures[0].message } })

  rmSync(taken)
  const again = await performPlan(lake, steps, executor, { errored: 'retry' })
  t.same([again.done, again.failed, again.blocked], [21, 0, 0], 'retry')
  t.same(await rowsIn(lake), await undisturbed)
})

t.test('a network that cannot be trained keeps no other from being asked', async (t) => {
  const lake = await openLake(join(root, 'without'))
  const [first] = steps
  mkdirSync(join(lake.folder, 'networks'))
  const { folder: place } = first.step.spec as { readonly folder: string }
  writeFileSync(join(lake.folder, place), '')
  const executor = hereExecutor(lake)
  const { failed, blocked, done } = await performPlan(lake, steps, executor)
  // its own attack in three shards, and what is made of that
  t.same([failed, blocked, done], [1, 4, 16])
  const victims = () =>
    askData(lake, (database) =>
      database.rows<{ source_model: string; n: number }>(
        'SELECT source_model, count(DISTINCT model) AS n FROM scores GROUP BY ALL ORDER BY ALL',
      ),
    )
  t.same(
    (await victims()).map(({ n }) => n),
    [3, 3, 3, 3],
    'three networks on noise and three attacks',
  )
  const skipped = await performPlan(lake, steps, executor)
  t.same([skipped.failed, skipped.blocked, skipped.made], [1, 4, 0])
  rmSync(join(lake.folder, place))
  const again = await performPlan(lake, steps, executor, { errored: 'retry' })
  t.same([again.failed, again.blocked, again.done], [0, 0, 21])
  t.same(
    (await victims()).map(({ n }) => n),
    [4, 4, 4, 4, 4],
    'and the fourth as soon as it is there',
  )
  t.same(await rowsIn(lake), await undisturbed)
})

t.test('interrupted it goes on', async (t) => {
  const lake = await openLake(join(root, 'interrupted'))
  const isDone = async () => (await sweepStanding(checkSweep(spec), lake.folder)).done
  for (let rounds = 0, before = -1; before < 21; rounds++) {
    const interrupt = new AbortController()
    let begun = 0
    const executor = hereExecutor(lake, {
      slots: 2,
      onTask: () => ++begun === 5 && setImmediate(() => interrupt.abort()),
    })
    const run = performPlan(lake, steps, executor, { signal: interrupt.signal })
    if (rounds > 30) return t.fail('it comes to no end')
    await run.catch((error: unknown) => t.match(error, { name: 'AbortError' }))
    const now = await isDone()
    t.ok(now > before, `${now} are done`)
    before = now
  }
  t.same(await rowsIn(lake), await undisturbed)
})

t.test('a plan stands as it is, before anything is made', async (t) => {
  const standing = await sweepStanding(checkSweep(spec), join(root, 'nowhere'))
  t.same([standing.steps, standing.done, standing.secondsLeft], [21, 0, undefined])
  t.same(new Set(standing.all.map(({ state }) => state)), new Set(['ready', 'waiting']))
  const done = await sweepStanding(checkSweep(spec), join(root, 'undisturbed'))
  t.same([done.done, done.secondsLeft], [21, 0])
  t.ok(
    done.all.every(({ seconds }) => seconds !== undefined && seconds >= 0),
    'of all it is known what they took',
  )
  const more = await sweepStanding(
    checkSweep({ ...spec, attack: { limit: 60, shard: 10 }, score: false }),
    join(root, 'undisturbed'),
  )
  t.ok((more.secondsLeft ?? 0) > 0, 'and by it what more would')
  t.equal(stepsOf(checkSweep(spec)).length, 21)
})
