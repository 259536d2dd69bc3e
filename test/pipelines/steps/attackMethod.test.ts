import { join, resolve } from 'node:path'
import t from 'tap'
import {
  attackStep,
  openLake,
  perform,
  readExamples,
  scoreStep,
  searchPathStep,
  stepIdentity,
  type AttackSpec,
  type SweepSpec,
} from 'blindspot'
import type { AdversarialBatch } from '../../../operators/records/adversarial.js'
import { sweepSteps } from '../../../pipelines/sweep/spec/sweepSteps.js'
import { fixture } from '../../oracle/optima.js'
import { rowsOf } from '../../oracle/rows.js'

const spec = { model: { path: resolve(fixture('FC48-10')) }, images: { source: 'mnist:test' } }
const folder = join(t.testdir(), 'set')
const idOf = (more: Partial<AttackSpec>) => stepIdentity(folder, attackStep({ ...spec, ...more }))

t.test('attacks of earlier versions go on: their identity is what it was', async (t) => {
  // as the version before methods had them, of MNIST’s test images
  t.equal(await idOf({}), '65b8ce405c61185f')
  t.equal(await idOf({ method: 'l-bfgs', penalty: 'squared', maxEvaluations: 1000 }), '65b8ce405c61185f')
  t.equal(await idOf({ goal: 'untargeted' }), '491a051fa23aa687')
  t.equal(await idOf({ seed: 3, penalty: 'norm' }), '575dfd1cd1963bbc')
  t.equal(await idOf({ target: 3, maxEvaluations: 50 }), '555181168c5b136f')
  const others: Partial<AttackSpec>[] = [
    { goal: 'untargeted' },
    { method: 'deepfool' },
    { method: 'deepfool', iterations: 10 },
    { method: 'deepfool', overshoot: 0.5 },
    { method: 'deepfool', candidates: 3 },
    { method: 'ddn' },
    { method: 'ddn', goal: 'untargeted' },
    { method: 'ddn', iterations: 300 },
    { method: 'ddn', gamma: 0.1 },
    { method: 'ddn', levels: 256 },
  ]
  const ids = await Promise.all(others.map(idOf))
  t.equal(new Set(ids).size, others.length, 'each method and option is an attack of its own')
  t.equal(await idOf({ method: 'deepfool', goal: 'untargeted', iterations: 50 }), ids[1], 'what is usual is')
  t.equal(await idOf({ method: 'ddn', goal: 'random', iterations: 100, seed: 1 }), ids[5])
})

t.test('what does not go together is refused, before anything is loaded', async (t) => {
  const wrong: [Partial<AttackSpec>, RegExp][] = [
    [{ method: 'deepfool', goal: 'random' }, /method deepfool: expected goal untargeted.* got goal random/],
    [{ method: 'deepfool', target: 3 }, /expected goal untargeted.* got target 3/],
    [{ method: 'deepfool', cases: 'cases.csv' }, /expected goal untargeted.* got cases cases\.csv/],
    [{ method: 'ddn', penalty: 'norm' }, /method ddn: expected no penalty, an option of l-bfgs, got norm/],
    [{ method: 'deepfool', maxEvaluations: 5 }, /expected no maxEvaluations/],
    [{ method: 'l-bfgs', iterations: 5 }, /expected no iterations, an option of deepfool and ddn, got 5/],
    [{ gamma: 0.1 }, /method l-bfgs: expected no gamma, an option of ddn/],
    [{ method: 'ddn', gamma: 1 }, /gamma: expected a number between 0 and 1, got 1/],
    [{ method: 'ddn', levels: 1 }, /levels: expected a whole number from 2, got 1/],
    [{ method: 'deepfool', overshoot: -1 }, /overshoot: expected a number from 0, got -1/],
    [{ method: 'fgsm' as 'ddn' }, /method: expected one of l-bfgs, deepfool, ddn, got "fgsm"/],
  ]
  for (const [more, message] of wrong) {
    const step = attackStep({ model: { path: 'nowhere' }, images: { source: 'mnist:test' }, ...more })
    await t.rejects(stepIdentity(folder, step), { code: 'bad-option', message })
  }
  await t.rejects(stepIdentity(folder, searchPathStep({ attack: { ...spec, method: 'ddn' } })), {
    code: 'bad-option',
    message: /expected method l-bfgs/,
  })
})

t.test('steps of all methods write the same table, go on, and can be told apart', async (t) => {
  const lake = await openLake(folder)
  const attacks: Partial<AttackSpec>[] = [
    { method: 'deepfool' },
    { method: 'ddn', goal: 'untargeted', iterations: 20 },
    { method: 'ddn', seed: 2 },
    { goal: 'untargeted' },
  ]
  const of = new Map<string, AdversarialBatch[]>()
  for (const more of attacks) {
    const step = attackStep({ ...spec, ...more })
    await perform(lake, step, { limit: 6, workers: 0 })
    const { run, files } = await perform(lake, step, { limit: 10, workers: 0 })
    t.equal(files.length, 2, `${step.name}: a larger limit adds a file`)
    const batches: AdversarialBatch[] = []
    for await (const batch of readExamples(files.map(({ path }) => path))) batches.push(batch)
    of.set(run, batches)
  }
  t.same(
    [...of.values()].map(([{ method, goal, options = '' }]) => [method, goal, options]),
    [
      ['deepfool', 'untargeted', ''],
      ['ddn', 'untargeted', 'iterations=20'],
      ['ddn', 'random', 'seed=2'],
      ['l-bfgs', 'untargeted', ''],
    ],
  )
  for (const [run, batches] of of) {
    const rows = batches.flatMap(rowsOf)
    t.same(
      rows.map(({ index }) => index),
      Array.from({ length: 10 }, (_, i) => i),
    )
    t.ok(batches.every((batch) => batch.run === run && batch.sourceModel === 'FC48-10'))
    for (const row of rows.filter(({ status }) => status === 'success')) {
      t.ok(row.distortion > 0 && Math.abs(row.l2 / row.distortion - 28) < 1e-9 && row.evaluations > 1)
      t.equal(Number.isNaN(row.c), !(batches[0].method === 'l-bfgs'), 'c is of a search on c alone')
    }
  }
  const { run } = await perform(lake, attackStep({ ...spec, method: 'deepfool' }), { limit: 10, workers: 0 })
  const attack = { ...spec, method: 'deepfool' as const }
  const shown = { kind: 'adversarial' as const, examples: { attack } }
  await perform(lake, scoreStep({ models: [spec.model], shown, partition: 'adversarial' }))
  t.ok(of.has(run), 'and its examples are found by its spec')
})

t.test('a sweep has methods as a grid', (t) => {
  const train = { architecture: 'FC10(1)' }
  const named = (attack: SweepSpec['attack']) =>
    sweepSteps({ train, ...(attack !== undefined && { attack }), score: false })
      .filter(({ step }) => step.kind === 'attack')
      .map(({ step }) => [step.name, (step.spec as AttackSpec).goal])
  t.same(named({ method: ['l-bfgs', 'deepfool'], limit: 5 }), [
    ['attack FC10(1)#1 random 0..5', 'random'],
    ['attack FC10(1)#1 untargeted deepfool 0..5', 'untargeted'],
  ])
  t.same(named({ method: ['l-bfgs', 'ddn'], goal: 'untargeted', limit: 5, where: { method: 'ddn' } }), [
    ['attack FC10(1)#1 untargeted ddn 0..5', 'untargeted'],
  ])
  t.same(named({ method: 'ddn', iterations: [100, 300], limit: 5, where: { attackIterations: 300 } }), [
    ['attack FC10(1)#1 random ddn iterations=300 0..5', 'random'],
  ])
  t.throws(() => named({ method: ['l-bfgs', 'deepfool'], goal: ['random', 'untargeted'] }), {
    code: 'bad-option',
    message: /attack\.method deepfool: expected attack\.goal untargeted/,
  })
  t.throws(() => named({ method: 'deepfool', penalty: 'norm' }), { message: /expected no attack\.penalty/ })
  t.end()
})
