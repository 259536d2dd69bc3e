import t, { type Test } from 'tap'
import type { Executor } from '../../../pipelines/sweep/executor.js'
import { queueExecutor } from '../../../pipelines/sweep/queue/queueExecutor.js'
import { startAsking, startWorker, tryWorker, type Member } from './members.js'
import { NEEDS_POSTGRES, NEEDS_REDIS, startPostgres, startRedis, type Server } from './servers.js'
import { attack, attackedIn, dataSetIn, hashesIn, here, taskOf, training } from './work.js'

const root = t.testdir()
/** Milliseconds of a lease that ends while a test waits. */
const SHORT = 1500
/** One that does not. */
const LONG = 600_000

const begunBy = (...members: readonly Member[]) =>
  members.flatMap(({ told }) => told.flatMap((one) => (one.kind === 'begun' ? [one.name] : []))).sort()

/** What a part of these tests has. */
interface Part {
  readonly prefix: string
  readonly dataSet: (name: string) => ReturnType<typeof dataSetIn>
  readonly asking: (folder: string) => Promise<Executor>
  readonly working: (lease: number) => Promise<Member>
}

const SERVERS = [
  { name: 'redis', skip: NEEDS_REDIS, start: () => startRedis() },
  { name: 'postgres', skip: NEEDS_POSTGRES, start: () => startPostgres() },
]
for (const { name, skip, start } of SERVERS)
  t.test(name, { skip }, async (t) => {
    const server: Server = await start()
    const { url } = server
    t.teardown(() => server.close())
    // each part has a queue of its own
    let parts = 0
    const part = (what: string, test: (t: Test, queue: Part) => Promise<void>) => {
      const prefix = `part${parts++}`
      return t.test(what, (t) =>
        test(t, {
          ...{ prefix, dataSet: (own: string) => dataSetIn(root, `${name}-${own}`) },
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
        }),
      )
    }

    await part(
      'two workers do each step once, with the rows of steps here',
      async (t, { prefix, dataSet, asking, working }) => {
        const { folder, data } = await dataSet('two')
        const steps = ['a', 'b', 'c', 'd'].map((one) => training(data, one))
        const executor = await asking(folder)
        const workers = [await working(LONG), await working(LONG)]
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
        t.same(await perform(), Array(4).fill({ kind: 'done' }))
        const names = steps.map((step) => step.name)
        t.same(begunBy(...workers), names)
        t.same([...begun].sort(), names)
        t.ok(progress.has('complete'))
        const alone = await dataSet('alone')
        await here(alone.folder, steps)
        t.same(await hashesIn(folder), await hashesIn(alone.folder))
        t.same(
          await perform(),
          Array(4).fill({ kind: 'done' }),
          'what is over in the queue is asked for anew',
        )
      },
    )

    await part('errors of steps come with their codes', async (t, { prefix, dataSet, asking, working }) => {
      const { folder, data } = await dataSet('errors')
      const executor = await asking(folder)
      await working(LONG)
      const task = await taskOf(folder, training(data, 'missing'))
      const missing = { ...task, step: training(`${root}/nowhere`, 'missing') }
      t.match(await executor.perform(missing), {
        kind: 'failed',
        code: 'io',
        message: /nowhere/,
        general: false,
      })
      t.same(await executor.perform(task), { kind: 'done' })
    })

    await part(
      'who is interrupted takes back what nobody has begun',
      async (t, { prefix, dataSet, asking, working }) => {
        const { folder, data } = await dataSet('back')
        const executor = await asking(folder)
        const stop = new AbortController()
        const outcome = executor.perform(await taskOf(folder, training(data, 'a')), { signal: stop.signal })
        setTimeout(() => stop.abort(), 300)
        t.same(await outcome, { kind: 'interrupted' })
        const worker = await working(LONG)
        t.same(await executor.perform(await taskOf(folder, training(data, 'b'))), { kind: 'done' })
        t.same(begunBy(worker), ['train b'])
      },
    )

    await part(
      'a worker that is killed in the middle of a step',
      async (t, { prefix, dataSet, asking, working }) => {
        const { folder } = await dataSet('killed')
        const executor = await asking(folder)
        const first = await working(SHORT)
        const effort = { limit: 600 }
        let second: Promise<Member> | undefined
        const outcome = await executor.perform(await taskOf(folder, attack(), effort), {
          onProgress: ({ done }) => {
            if (done === 0) return
            second ??= first.kill('SIGKILL').then(() => working(SHORT))
          },
        })
        t.same(outcome, { kind: 'done' })
        t.equal(
          (await second)?.told.filter(({ kind }) => kind === 'begun').length,
          1,
          'it was given to the next',
        )
        const alone = await dataSet('undisturbed')
        await here(alone.folder, [attack()], effort)
        t.same(await attackedIn(folder), await attackedIn(alone.folder))
      },
    )

    await part(
      'a worker that is ended in order gives its step back at once',
      async (t, { prefix, dataSet, asking, working }) => {
        const { folder } = await dataSet('ended')
        const executor = await asking(folder)
        const first = await working(LONG)
        let second: Promise<Member> | undefined
        const outcome = await executor.perform(await taskOf(folder, attack(), { limit: 600 }), {
          onProgress: ({ done }) => {
            if (done === 0) return
            second ??= first.kill('SIGTERM').then(() => working(LONG))
          },
        })
        t.same(outcome, { kind: 'done' })
        t.match(first.told.at(-1), { kind: 'ended', outcome: { kind: 'interrupted' } })
        t.same(begunBy(await (second ?? first)), begunBy(first))
        t.equal((await attackedIn(folder)).length, 600)
      },
    )

    await part(
      'who asks is killed, and another one joins',
      async (t, { prefix, dataSet, asking, working }) => {
        const { folder } = await dataSet('joined')
        const worker = await working(LONG)
        const task = await taskOf(folder, attack(), { limit: 300 })
        const first = startAsking({ url, folder, task, prefix })
        await first.heard('begun')
        await first.kill('SIGKILL')
        const executor = await asking(folder)
        t.same(await executor.perform(task), { kind: 'done' })
        t.equal(begunBy(worker).length, 1)
        t.equal((await attackedIn(folder)).length, 300)
      },
    )

    await part(
      'a worker that does not see the data set gives the step back, and says so',
      async (t, { prefix, dataSet, asking, working }) => {
        const { folder, data } = await dataSet('mounted')
        const executor = await asking(folder)
        const outcome = executor.perform(await taskOf(folder, training(data, 'a')))
        const lost = tryWorker(url, { prefix, lease: LONG, folder: `${root}/not mounted` })
        await lost.heard('error')
        t.match(lost.told.at(-1), { message: /not mounted is no data set/ })
        await lost.ended()
        await working(LONG)
        t.same(await outcome, { kind: 'done' })
      },
    )

    await part(
      'the server is killed in the middle of a step, and comes back',
      async (t, { prefix, dataSet, asking, working }) => {
        const { folder, data } = await dataSet('server')
        const executor = await asking(folder)
        const workers = [await working(SHORT), await working(SHORT)]
        let restarted: Promise<void> | undefined
        const steps = [
          training(data, 'a', 40),
          training(data, 'b', 40),
          ...['c', 'd'].map((one) => training(data, one)),
        ]
        const outcomes = await Promise.all(
          steps.map(async (step) =>
            executor.perform(await taskOf(folder, step), {
              onBegin: () => {
                restarted ??= server.kill().then(() => server.start())
              },
            }),
          ),
        )
        await restarted
        t.same(outcomes, Array(4).fill({ kind: 'done' }))
        t.same(Object.keys(await hashesIn(folder)).sort(), ['a', 'b', 'c', 'd'])
        for (const { said } of workers)
          t.ok(
            said()
              .split('\n')
              .filter((line) => line.includes('waiting for it')).length <= 1,
            said(),
          )
      },
    )
  })
