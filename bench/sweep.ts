import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { markdownTable } from 'markdown-table'
import { openLake } from '../sinks/lake/openLake.js'
import { provenance } from '../pipelines/steps/provenance.js'
import { measuredIn, secondsOf } from '../pipelines/sweep/cost.js'
import { localExecutor } from '../pipelines/sweep/children/local.js'
import { performPlan } from '../pipelines/sweep/performPlan.js'
import { readSweep } from '../pipelines/sweep/spec/readSweep.js'
import { survey } from '../pipelines/sweep/survey.js'
import { stepsOf, sweepSteps } from '../pipelines/sweep/spec/sweepSteps.js'
import { Models } from '../pipelines/steps/models.js'
import type { SweepSpec } from '../pipelines/sweep/spec/sweepSpec.js'
import { median, peakMemory, resetPeak } from './measure.js'
import { settings } from './settings.js'
import { simulate } from './simulatedQueue.js'

/**
 * Sweeps: planning, commits, workers side by side, what is lost to anything but steps, and what a crash loses.
 *
 *     node dist/bench/sweep.js [plan|commit|workers|overhead|again|kill|scaling…] [runs=N] [files=N] [iterations=N] [spec=FILE] [data=DIR]
 *
 * Without a word all but `scaling`, which simulates a queue with the steps of the sweep FILE and the times that DIR has of them.
 * `runs` (3) of each, in turn; `files` (10000) are committed; trainings have `iterations` (30) of L-BFGS. Data sets are made in the system's folder for temporary files.
 */
const { named, number, text } = settings(process.argv.slice(2))
const parts = named.length > 0 ? named : ['plan', 'commit', 'workers', 'overhead', 'again', 'kill']
const runs = number('runs', 3)
const root = mkdtempSync(join(tmpdir(), 'blindspot-sweep-'))
/** Seconds from a step's being put into a queue to its beginning, in a simulation. */
const DELAY = 0.1
/** Trainings of a worker in a run. */
const STEPS = 3
const cli = join(import.meta.dirname, '../pipelines/cli.js')

console.log(`${cpus()[0].model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`)
console.log(JSON.stringify(await provenance({})))
try {
  if (parts.includes('plan')) await planBench()
  if (parts.includes('commit')) await commitBench(number('files', 10_000))
  if (parts.includes('workers')) await workersBench()
  if (parts.includes('overhead')) await overheadBench()
  if (parts.includes('again')) await againBench()
  if (parts.includes('kill')) await killBench()
  if (parts.includes('scaling'))
    await scalingBench(
      text('spec', 'examples/sweeps/weight-decay.yaml'),
      text('data', 'results-weight-decay'),
    )
} finally {
  rmSync(root, { recursive: true, force: true })
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000
}

function told(values: readonly number[], digits = 2): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits))
  return `${median(values).toFixed(digits)} [${least}, ${most}]`
}

/** A plan of 100,000 steps: 10,000 networks, 8 shards of an attack on each, and their scorings. */
async function planBench(): Promise<void> {
  const grid = {
    depth: [1, 2],
    width: [50, 100, 200, 400, 500],
    lambda: { from: 1e-8, to: 1, count: 10, scale: 'log' } as const,
  }
  const spec: SweepSpec = {
    train: { ...grid, seed: { from: 1, to: 100 } },
    attack: { limit: 8000 },
    score: { pairs: 'same-seed' },
  }
  const lake = await openLake(join(root, 'plan'))
  const times: { readonly plan: number; readonly look: number }[] = []
  await resetPeak()
  let [count, peak] = [0, 0]
  for (let run = 0; run <= runs; run++) {
    const began = performance.now()
    const steps = sweepSteps(spec)
    const plan = seconds(began)
    await survey(lake, steps, new Models(lake.folder))
    count = steps.length
    if (run > 0) times.push({ plan, look: seconds(began) })
    else peak = await peakMemory()
  }
  const rows = [
    ['planned', told(times.map(({ plan }) => plan))],
    ['and looked up in a data set', told(times.map(({ look }) => look))],
    ['peak MB of the process with the first', peak.toFixed(0)],
  ]
  console.log(`\n## A plan of ${count} steps\n\n${markdownTable([['', 's'], ...rows])}`)
}

/** Files of a hundred rows, each committed by itself under its step's lock. */
async function commitBench(files: number): Promise<void> {
  const lake = await openLake(join(root, 'commit'))
  const times: number[] = []
  const row = {
    model: 'a',
    phase: 'network',
    epochs: 100,
    loss: 1,
    trainError: 0.5,
    seconds: 1,
    kind: 'training',
  } as const
  const rows = Array.from({ length: 100 }, (_, i) => ({ ...row, epoch: i + 1 }))
  await resetPeak()
  for (let file = 0; file < files; file++) {
    const step = file.toString(16).padStart(16, '0')
    const began = performance.now()
    await lake.exclusively(step, async () => {
      const writer = lake.writer('training', { step, partition: { name: 'a' } })
      await writer.write(rows)
      await writer.close()
    })
    times.push(performance.now() - began)
  }
  const last = times.slice(-1000)
  const opened = performance.now()
  const { length } = await (await openLake(lake.folder, { readOnly: true })).files()
  const body = [
    ['first 1000', median(times.slice(0, 1000)).toFixed(1), Math.max(...times.slice(0, 1000)).toFixed(0)],
    ['last 1000', median(last).toFixed(1), Math.max(...last).toFixed(0)],
    [
      'all',
      (times.reduce((sum, time) => sum + time, 0) / files).toFixed(1) + ' (mean)',
      Math.max(...times).toFixed(0),
    ],
  ]
  console.log(
    `\n## ${files} files, each written and committed by itself\n\n${markdownTable([['', 'median ms', 'most ms'], ...body])}\n`,
  )
  console.log(
    `opened and listed in ${(performance.now() - opened).toFixed(0)} ms (${length} files), peak ${(await peakMemory()).toFixed(0)} MB`,
  )
}

/** Trainings of some seconds each. */
function trainings(seed: number, count: number): SweepSpec {
  return {
    train: {
      architecture: 'FC100-100-10',
      seed: { from: seed, to: seed + count - 1 },
      limit: 20_000,
      epochs: 10,
      iterations: number('iterations', 30),
    },
    attack: false,
  }
}

/** Trainings and attacks of a few seconds each. */
function short(seed: number): SweepSpec {
  return {
    train: { architecture: 'FC100-10', seed: { from: seed, to: seed + 7 }, limit: 10_000, epochs: 10 },
    attack: { limit: 2000, shard: 1000 },
    score: { pairs: 'same-seed' },
  }
}

/**
 * Steps per hour of one worker of one thread, and of two; beside two sweeps of one worker each that share nothing, which is what the
 * machine gives. All are begun before, and take turns in every run.
 */
async function workersBench(): Promise<void> {
  const place = async (name: string, workers: number) => {
    const lake = await openLake(join(root, name))
    const executor = localExecutor(lake.folder, { workers })
    return { lake, executor, count: STEPS * workers }
  }
  type Place = Awaited<ReturnType<typeof place>>
  const ways: Readonly<Record<'one' | 'two' | 'apart', readonly Place[]>> = {
    one: [await place('one', 1)],
    two: [await place('two', 2)],
    apart: [await place('apart-a', 1), await place('apart-b', 1)],
  }
  const perHour = async (places: readonly Place[], run: number) => {
    const began = performance.now()
    const all = await Promise.all(
      places.map(({ lake, executor, count }) =>
        performPlan(lake, sweepSteps(trainings(run * 100, count)), executor),
      ),
    )
    return all.reduce((sum, { made }) => sum + made, 0) / (seconds(began) / 3600)
  }
  const names = ['one', 'two', 'apart'] as const
  const speeds: Readonly<Record<(typeof names)[number], number>>[] = []
  for (let run = 0; run <= runs; run++) {
    const speed = { one: NaN, two: NaN, apart: NaN }
    for (const name of run % 2 === 0 ? names : names.toReversed())
      speed[name] = await perHour(ways[name], run)
    // the first has the processes' starts
    if (run > 0) speeds.push(speed)
  }
  for (const { executor } of Object.values(ways).flat()) await executor.close()
  const row = (name: (typeof names)[number], what: string) => [
    what,
    told(
      speeds.map((speed) => speed[name]),
      0,
    ),
    told(speeds.map((speed) => speed[name] / speed.one)),
  ]
  const rows = [
    row('one', 'one worker'),
    row('two', 'two workers'),
    row('apart', 'two sweeps of one worker each'),
  ]
  console.log(
    `\n## Workers of one thread\n\n${markdownTable([['', 'steps/h', 'over one, within a run'], ...rows])}`,
  )
}

/** What of the time of one worker is not a step's own: planning, handing out, the lock, the commits, and the process' start. */
async function overheadBench(): Promise<void> {
  const lake = await openLake(join(root, 'overhead'))
  const executor = localExecutor(lake.folder, { workers: 1 })
  const spec = trainings(1, 4 + 4 * runs)
  const began = performance.now()
  let first: number | undefined
  const result = await performPlan(lake, sweepSteps(spec), executor, {
    onProgress: () => (first ??= seconds(began)),
  })
  const all = seconds(began)
  await executor.close()
  const own = (await lake.files({ table: 'models' })).map((file) => secondsOf([file]) ?? NaN)
  const steps = own.reduce((sum, value) => sum + value, 0)
  const rows = [
    ['steps', `${result.made} of ${told(own, 1)} s`],
    ['all', `${all.toFixed(1)} s`],
    [
      'of it outside of steps',
      `${(all - steps).toFixed(2)} s, ${((100 * (all - steps)) / all).toFixed(2)} %`,
    ],
    ['of that until the first report of the first step', `${(first ?? NaN).toFixed(2)} s`],
  ]
  console.log(`\n## What is not steps\n\n${markdownTable([['one worker', ''], ...rows])}`)
}

/** A sweep by the command line. */
async function sweepRun(file: string, out: string, ...options: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [cli, 'sweep', 'run', file, '--out', out, ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number]
  return code
}

/** A sweep that is finished already, from the start of the command's process to its end. */
async function againBench(): Promise<void> {
  const [file, out] = [join(root, 'again.json'), join(root, 'again')]
  writeFileSync(
    file,
    JSON.stringify({
      ...short(1),
      train: { architecture: 'FC100-10', limit: 500, epochs: 1, seed: { from: 1, to: 30 } },
    }),
  )
  await sweepRun(file, out)
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    const began = performance.now()
    await sweepRun(file, out)
    times.push(seconds(began))
  }
  const steps = stepsOf(await readSweep(file)).length
  console.log(`\n## A finished sweep of ${steps} steps again\n\n${told(times)} s`)
}

/** What is lost when all processes of a sweep are killed at once: what was under way. */
async function killBench(): Promise<void> {
  const [file, out] = [join(root, 'kill.json'), join(root, 'kill')]
  writeFileSync(file, JSON.stringify(short(100)))
  const count = async () => (await (await openLake(out, { readOnly: true })).files()).length
  const body: string[][] = []
  for (let kill = 1; kill <= runs; kill++) {
    const child = spawn(process.execPath, [cli, 'sweep', 'run', file, '--out', out, '--json'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let done = 0
    for await (const lines of child.stdout as AsyncIterable<Buffer>) {
      const found = lines
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly done: number })
        .at(-1)
      done = found?.done ?? done
      if (done >= kill * 6) break
    }
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    const files = await count()
    const again = stepsOf(await readSweep(file))
    const lake = await openLake(out)
    const { nodes } = await survey(lake, again, new Models(lake.folder))
    const kept = nodes.filter(({ state }) => state === 'done').length
    body.push([String(done), String(kept), String(files)])
  }
  await sweepRun(file, out)
  console.log(
    `\n## Killed (SIGKILL to all processes)\n\n${markdownTable([['steps done before', 'done after', 'files'], ...body])}`,
  )
}

/** What more workers would make of a sweep, by the times that its steps were measured to take. */
async function scalingBench(file: string, folder: string): Promise<void> {
  const steps = stepsOf(await readSweep(file))
  const lake = await openLake(folder, { readOnly: true })
  const { nodes, latest } = await survey(lake, steps, new Models(lake.folder))
  const { measured, took } = measuredIn(latest, nodes)
  const ids = new Map(nodes.map(({ id, planned }) => [planned.step.name, id]))
  const secondsFor = (planned: (typeof steps)[number]) =>
    took.get(ids.get(planned.step.name) ?? '') ?? measured.secondsFor(planned) ?? 0
  const [one] = [simulate(steps, secondsFor, 1, DELAY)]
  const body = [1, 2, 4, 8, 16, 32, 64, 100].map((workers) => {
    const simulated = simulate(steps, secondsFor, workers, DELAY)
    return [
      String(workers),
      simulated.seconds.toFixed(0),
      (one.seconds / simulated.seconds).toFixed(1),
      `${(100 * simulated.busy).toFixed(0)} %`,
    ]
  })
  console.log(
    `\n## Simulated: ${file}, ${steps.length} steps, ${took.size} of them measured\n\n${markdownTable([['workers', 's', 'times as fast', 'busy'], ...body])}`,
  )
}
