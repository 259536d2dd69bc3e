import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Executor, Outcome } from '../../../pipelines/sweep/executor.js'
import { openBroker } from '../../../pipelines/sweep/queue/broker.js'
import { queueExecutor } from '../../../pipelines/sweep/queue/queueExecutor.js'
import { killAtWork, startAsking, startWorker, type Member } from './members.js'
import { until } from './processes.js'
import { NEEDS_POSTGRES, NEEDS_REDIS, startPostgres, startRedis } from '../../servers.js'
import { attack, attackedIn, dataSetIn, hashesIn, here, taskOf, training } from './work.js'

const root = t.testdir()
/** Milliseconds of a lease that ends while a test waits. */
const SHORT = 1500
/** One that does not. */
const LONG = 600_000
const DONE = { kind: 'done' }

/** A queue of one part of these tests. */
interface Part {
  readonly prefix: string
  readonly dataSet: (name: string) => ReturnType<typeof dataSetIn>
  readonly asking: (folder: string) => Promise<Executor>
  readonly working: (lease: number) => Promise<Member>
  /** How many jobs are with a worker, and how many wait for one. */
  readonly counts: () => Promise<Record<string, number>>
}

const begunBy = (...members: readonly Member[]) =>
  members.flatMap(({ told }) => told.flatMap((one) => (one.kind === 'begun' ? [one.name] : []))).sort()

/** Looks again while somebody else is at the step, as who has a plan does. */
async function whileBusy(perform: () => Promise<Outcome>): Promise<Outcome> {
  for (;;) {
    const outcome = await perform()
    if (outcome.kind !== 'busy') return outcome
    await sleep(200)
  }
}

const SERVERS = [
  { name: 'redis', skip: NEEDS_REDIS, start: () => startRedis() },
  { name: 'postgres', skip: NEEDS_POSTGRES, start: () => startPostgres() },
]
for (const { name, skip, start } of SERVERS)
  t.test(name, { skip }, async (t) => {
    const server = await start()
    const { url } = server
    t.teardown(() => server.close())
    let parts = 0
    const part = (what: string, test: (t: Test, queue: Part) => Promise<void>) => {
      const prefix = `part${parts++}`
      return t.test(what, (t) =>
        test(t, {
          prefix,
          dataSet: (own) => dataSetIn(root, `${name}-${own}`),
          asking: async (folder) => {
            const executor = await queueExecutor(folder, url, { prefix, look: 1000 })
            t.teardown(() => executor.close())
            return executor
          },
          working: async (lease) => {
            const worker = await startWorker(url, { prefix, lease })
            t.teardown(() => worker.kill('SIGTERM'))
            return worker
          },
          counts: async () => {
            const queue = (await openBroker(url, { prefix })).queue()
            const counts = await queue.getJobCounts('active', 'waiting')
            await queue.close()
            return counts
          },
        }),
      )
    }

    await part('two workers do each step once, with the rows of steps here', async (t, queue) => {
      const { folder, data } = await queue.dataSet('two')
      const steps = ['a', 'b', 'c', 'd'].map((one) => training(data, one))
      const executor = await queue.asking(folder)
      const workers = [await queue.working(LONG), await queue.working(LONG)]
      const [begun, progress] = [new Set<string>(), new Set<string>()]
      const tasks = await Promise.all(steps.map((step) => taskOf(folder, step)))
      const perform = () =>
        Promise.all(
          tasks.map((task) =>
            executor.perform(task, {
              onBegin: () => begun.add(task.step.name),
              onProgress: ({ state }) => progress.add(state),
            }),
          ),
        )
      t.same(await perform(), Array(4).fill(DONE))
      const names = steps.map((step) => step.name)
      t.same(begunBy(...workers), names)
      t.same([...begun].sort(), names)
      t.ok(progress.has('complete'))
      const alone = await queue.dataSet('alone')
      await here(alone.folder, steps)
      t.same(await hashesIn(folder), await hashesIn(alone.folder))
      t.same(await perform(), Array(4).fill(DONE), 'what is over in the queue is asked for anew')
    })

    await part('errors of steps, and of those who are told', async (t, queue) => {
      const { folder, data } = await queue.dataSet('errors')
      const executor = await queue.asking(folder)
      await queue.working(LONG)
      const task = await taskOf(folder, training(data, 'missing'))
      const missing = { ...task, step: training(join(root, 'nowhere'), 'missing') }
      t.match(await executor.perform(missing), {
        ...{ kind: 'failed', code: 'io', message: /nowhere/, general: false },
      })
      const told = executor.perform(task, {
        onBegin: () => {
          throw new Error('told')
        },
      })
      await t.rejects(told, { message: 'told' })
      t.same(
        await whileBusy(() => executor.perform(task)),
        DONE,
        'what failed is tried again when it is asked for',
      )
    })

    await part('who is interrupted takes back what nobody has begun', async (t, queue) => {
      const { folder, data } = await queue.dataSet('back')
      const executor = await queue.asking(folder)
      const stop = new AbortController()
      const outcome = executor.perform(await taskOf(folder, training(data, 'a')), { signal: stop.signal })
      await until(async () => (await queue.counts())['waiting'] === 1)
      stop.abort()
      t.same(await outcome, { kind: 'interrupted' })
      t.same(await queue.counts(), { active: 0, waiting: 0 })
    })

    await part('a queue without workers is told of', async (t, { prefix, dataSet }) => {
      const { folder, data } = await dataSet('alone')
      const task = await taskOf(folder, training(data, 'a'))
      const asking = startAsking({ url, folder, task, prefix, look: 100 })
      t.teardown(() => asking.kill('SIGTERM'))
      await until(() => /no worker has begun a step for 0.3 s; see that one runs/.test(asking.said()))
    })

    await part('workers that are killed and ended in the middle of a step', async (t, queue) => {
      const { folder } = await queue.dataSet('killed')
      const executor = await queue.asking(folder)
      const killed = await queue.working(SHORT)
      const stop = new AbortController()
      let kill: Promise<unknown> | undefined
      const outcome = executor.perform(await taskOf(folder, attack()), {
        signal: stop.signal,
        onProgress: ({ done }) => {
          if (done > 0) kill ??= killAtWork(killed)
        },
      })
      await until(() => kill !== undefined)
      await kill
      const next = await queue.working(SHORT)
      await next.heard('begun')
      t.same(await queue.counts(), { active: 1, waiting: 0 }, 'its step was given to another')
      await next.kill('SIGTERM')
      t.match(next.told.at(-1), { kind: 'ended', outcome: { kind: 'interrupted' } })
      t.same(await queue.counts(), { active: 0, waiting: 1 }, 'which gave it back')

      stop.abort()
      t.same(await outcome, { kind: 'interrupted' })
      t.same(await queue.counts(), { active: 0, waiting: 0 }, 'and who asked for it took it back')

      const limit = (await attackedIn(folder)).length + 20
      t.ok(limit < 5000)
      await queue.working(LONG)
      t.same(await executor.perform(await taskOf(folder, attack(), { limit })), DONE)
      const alone = await queue.dataSet('undisturbed')
      await here(alone.folder, [attack()], { limit })
      t.same(
        await attackedIn(folder),
        await attackedIn(alone.folder),
        'the rows of one that nobody disturbed',
      )
    })

    await part('a job of another effort is no answer', async (t, queue) => {
      const { folder } = await queue.dataSet('effort')
      const [few, more] = [
        await taskOf(folder, attack(), { limit: 5 }),
        await taskOf(folder, attack(), { limit: 9 }),
      ]
      const [one, other] = [await queue.asking(folder), await queue.asking(folder)]
      const both = Promise.all([one.perform(few), other.perform(more)])
      await until(async () => (await queue.counts())['waiting'] === 1)
      await queue.working(LONG)
      t.same(await both, [DONE, DONE])
      t.equal((await attackedIn(folder)).length, 9)
    })

    await part(
      'who asks is killed, and another one joins',
      async (t, { prefix, dataSet, asking, working }) => {
        const { folder } = await dataSet('joined')
        const worker = await working(LONG)
        const task = await taskOf(folder, attack(), { limit: 300 })
        const first = startAsking({ url, folder, task, prefix })
        await first.heard('begun')
        await first.kill('SIGKILL')
        t.same(await (await asking(folder)).perform(task), DONE)
        t.equal((await attackedIn(folder)).length, 300)
        t.ok(begunBy(worker).length > 0)
      },
    )

    await part(
      'a worker that does not see the data set gives its step back, and says so',
      async (t, queue) => {
        const { folder, data } = await queue.dataSet('mounted')
        const executor = await queue.asking(folder)
        const outcome = executor.perform(await taskOf(folder, training(data, 'a')))
        const { prefix } = queue
        const blind = await startWorker(url, { prefix, lease: LONG, folder: join(root, 'not mounted') })
        t.teardown(() => blind.kill('SIGTERM'))
        await until(() => /not mounted is no data set.*left to other workers/.test(blind.said()))
        await queue.working(LONG)
        t.same(await outcome, DONE)
        t.same(begunBy(blind), [])
      },
    )

    await part('the server is killed in the middle of a step, and comes back', async (t, queue) => {
      const { folder, data } = await queue.dataSet('server')
      const executor = await queue.asking(folder)
      const workers = [await queue.working(SHORT), await queue.working(SHORT)]
      let restarted: Promise<void> | undefined
      const names = ['a', 'b', 'c', 'd']
      const tasks = await Promise.all(
        names.map((one, i) => taskOf(folder, training(data, one, i < 2 ? 40 : 1))),
      )
      const onBegin = () => {
        restarted ??= server.kill().then(() => server.start())
      }
      const outcomes = tasks.map((task) => whileBusy(() => executor.perform(task, { onBegin })))
      t.same(await Promise.all(outcomes), Array(4).fill(DONE))
      await restarted
      t.same(Object.keys(await hashesIn(folder)).sort(), names)
      for (const { said } of workers) t.ok(said().split('waiting for it').length <= 2, said())
    })
  })
