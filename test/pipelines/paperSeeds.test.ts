import t from 'tap'
import { paperSteps, type PaperPlan, type PaperSettings } from '../../pipelines/paperSteps.js'
import type { ScoreSpec } from '../../pipelines/steps/scoreSpec.js'
import type { Step } from '../../pipelines/steps/stepKind.js'
import type { TrainSpec } from '../../pipelines/steps/trainSpec.js'

const stepsOf = ({ trainings, others }: PaperPlan): readonly Step[] =>
  [...trainings, ...others].map(({ step }) => step)
/** A plan with nothing after the names of a seed. */
const without = (plan: unknown, seed: number): unknown =>
  JSON.parse(JSON.stringify(plan).replaceAll(`#${seed}`, ''))

t.test('the plan of several seeds is that of each', (t) => {
  for (const settings of [{}, { quick: true, literal: true, limit: 3 }, { seed: 7 }] as PaperSettings[]) {
    const { seed = 1 } = settings
    const one = paperSteps(settings)
    t.same(paperSteps({ ...settings, seeds: 1 }), one)
    const all = paperSteps({ ...settings, seeds: 3 })
    for (const own of [seed, seed + 1, seed + 2]) {
      const isOwn = (step: Step) => own === Number(/#(\d+)/.exec(step.name)?.[1] ?? seed)
      const part: PaperPlan = {
        trainings: all.trainings.filter(({ step }) => isOwn(step)),
        others: all.others.filter(({ step }) => isOwn(step)),
      }
      t.same(without(part, own), without(paperSteps({ ...settings, seed: own }), own), `seed ${own}`)
      if (own === seed) t.same(part, one)
      // nothing of a seed is made of another's
      const names = stepsOf(part).map(({ name }) => name)
      for (const step of stepsOf(part))
        t.same(
          step.needs.filter((need) => !names.includes(need)),
          [],
          step.name,
        )
    }
    t.equal(stepsOf(all).length, 3 * stepsOf(one).length)
  }
  t.end()
})

t.test('no two steps, networks or partitions of several seeds are the same', (t) => {
  const { trainings, others } = paperSteps({ seeds: 3 })
  const steps = stepsOf({ trainings, others })
  const names = steps.map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
  const specs = trainings.map(({ step }) => step.spec as TrainSpec)
  t.equal(new Set(specs.map(({ folder }) => folder)).size, 27)
  t.same(
    specs
      .filter(({ name }) => name?.startsWith('FC100-100-10@P'))
      .map(({ name, seed, folder }) => [name, seed, folder]),
    [
      ['FC100-100-10@P2', 2, 'networks/FC100-100-10@P2'],
      ['FC100-100-10@P2#2', 3, 'networks/FC100-100-10@P2#2'],
      ['FC100-100-10@P2#3', 4, 'networks/FC100-100-10@P2#3'],
      ['FC100-100-10@P1', 1, 'networks/FC100-100-10@P1'],
      ['FC100-100-10@P1#2', 2, 'networks/FC100-100-10@P1#2'],
      ['FC100-100-10@P1#3', 3, 'networks/FC100-100-10@P1#3'],
    ],
    'the second network of Tables 3 and 4 has weights of its own; names go by the plan’s seed',
  )
  const seedOf = (text: string) => /#(\d+)/.exec(text)?.[1] ?? '1'
  const scores = steps.flatMap((step) => (step.kind === 'score' ? [step.spec as ScoreSpec] : []))
  const byPartition = new Map<string, Set<string>>()
  for (const { partition, models } of scores)
    for (const model of models)
      byPartition.set(
        partition,
        (byPartition.get(partition) ?? new Set()).add('train' in model ? seedOf(model.train.name ?? '') : ''),
      )
  t.ok(
    byPartition.has('gaussian 0.1') && byPartition.has('gaussian 0.1#2') && byPartition.has('clean test#3'),
  )
  t.same(
    [...byPartition].filter(([partition, seeds]) => ![...seeds].every((seed) => seed === seedOf(partition))),
    [],
  )
  // the longest trainings first, of whichever seed
  t.same(
    specs
      .map(({ name }) => name?.replace(/#.*/, ''))
      .filter((name, i, all) => name !== all[i - 1])
      .slice(0, 4),
    ['FC200-200-10', 'FC123-456-10@P1', 'FC100-100-10@P2', 'FC100-100-10@P1'],
  )
  t.end()
})

t.test('seeds is a whole number', (t) => {
  for (const seeds of [0, 1.5, NaN])
    t.throws(() => paperSteps({ seeds }), {
      code: 'bad-option',
      message: /^seeds: expected a whole number from 1/,
    })
  t.end()
})
