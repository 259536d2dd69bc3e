import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { readSweep } from '../../pipelines/sweep/spec/readSweep.js'
import { parseShard } from '../../pipelines/sweep/shard.js'
import { stepsOf } from '../../pipelines/sweep/spec/sweepSteps.js'

t.test('the sweep of the examples is the one that its comment says', async (t) => {
  const spec = await readSweep('examples/sweeps/weight-decay.yaml')
  const kinds = stepsOf(spec).map(({ step }) => step.kind)
  t.equal(kinds.filter((kind) => kind === 'train').length, 90)
  t.equal(kinds.length, 270)
  t.same(spec.train[0].lambda?.at(0), 1e-9)
})

t.test('a Slurm task is requeued where it was ended from outside, and nowhere else', (t) => {
  const folder = t.testdir()
  const [bin, asked] = [join(folder, 'bin'), join(folder, 'requeued')]
  mkdirSync(bin)
  // what Slurm's programs are called with
  writeFileSync(join(bin, 'srun'), '#!/bin/sh\necho "$@" > "$FOLDER/run"\nexit "$CODE"\n')
  writeFileSync(join(bin, 'scontrol'), '#!/bin/sh\necho "$@" > "$FOLDER/requeued"\n')
  for (const name of ['srun', 'scontrol']) chmodSync(join(bin, name), 0o755)
  for (const code of [0, 1, 2, 75, 130]) {
    rmSync(asked, { force: true })
    const { status } = spawnSync('bash', ['examples/sweeps/slurm.sh', 'my sweep.yaml', '/shared/out'], {
      env: {
        ...{ PATH: `${bin}:${process.env['PATH'] ?? ''}`, FOLDER: folder, CODE: String(code) },
        ...{ SLURM_CPUS_PER_TASK: '4', SLURM_JOB_ID: '77' },
      },
    })
    t.equal(status, code)
    t.equal(existsSync(asked) && readFileSync(asked, 'utf8'), code === 75 && 'requeue 77\n', String(code))
  }
  t.equal(
    readFileSync(join(folder, 'run'), 'utf8'),
    'npx blindspot sweep run my sweep.yaml --out /shared/out --workers 4\n',
  )
  t.match(execFileSync('bash', ['-n', 'examples/sweeps/slurm.sh']).toString(), /^$/)
  t.end()
})

t.test('the Kubernetes manifest says how many there are, and goes by the exit codes', (t) => {
  const { spec } = parse(readFileSync('examples/sweeps/kubernetes.yaml', 'utf8')) as {
    readonly spec: {
      readonly completionMode: string
      readonly completions: number
      readonly podFailurePolicy: { readonly rules: readonly unknown[] }
      readonly template: {
        readonly spec: {
          readonly restartPolicy: string
          readonly containers: readonly {
            readonly env: readonly { readonly name: string; readonly value: string }[]
          }[]
        }
      }
    }
  }
  const [{ env }] = spec.template.spec.containers
  const environment = Object.fromEntries(env.map(({ name, value }) => [name, value]))
  t.equal(spec.completionMode, 'Indexed')
  // of an indexed job each pod has its own
  t.same(parseShard(undefined, { ...environment, JOB_COMPLETION_INDEX: '9' }), {
    index: 9,
    count: spec.completions,
  })
  t.equal(spec.template.spec.restartPolicy, 'Never', 'a policy of failures asks for it')
  t.match(spec.podFailurePolicy.rules, [
    { action: 'FailIndex', onExitCodes: { values: [2] } },
    { action: 'Ignore', onExitCodes: { values: [75] } },
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
  ])
  t.end()
})

t.test('shards', (t) => {
  const shard = (text: string | undefined, environment: NodeJS.ProcessEnv = {}) =>
    parseShard(text, environment)
  t.same(shard('0/3'), { index: 0, count: 3 })
  t.same(shard('2/3', { SLURM_ARRAY_TASK_ID: '0', SLURM_ARRAY_TASK_COUNT: '9' }), { index: 2, count: 3 })
  t.equal(shard(undefined), undefined)
  t.same(
    shard(undefined, { SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '5' }),
    { index: 2, count: 4 },
  )
  t.same(
    shard(undefined, {
      SLURM_ARRAY_TASK_ID: '6',
      SLURM_ARRAY_TASK_COUNT: '4',
      SLURM_ARRAY_TASK_MIN: '0',
      SLURM_ARRAY_TASK_STEP: '2',
    }),
    { index: 3, count: 4 },
  )
  for (const text of ['3/3', '-1/3', '1', 'a/b', '0/0', '1/2/3', ''])
    t.throws(() => shard(text), {
      code: 'bad-option',
      message: /--shard: expected I\/N with I from 0 to N − 1/,
    })
  t.throws(() => shard(undefined, { SLURM_ARRAY_TASK_ID: '9', SLURM_ARRAY_TASK_COUNT: '4' }), {
    message: /give --shard I\/N/,
  })
  t.throws(() => shard(undefined, { JOB_COMPLETION_INDEX: '0' }), {
    message: /expected JOB_COMPLETIONS beside JOB_COMPLETION_INDEX 0/,
  })
  t.end()
})
