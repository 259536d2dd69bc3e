import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { costOf } from '../../../pipelines/sweep/cost.js'
import { sweepSteps, type PlannedStep, type SweepSpec } from 'blindspot'
import { readSweep } from '../../../pipelines/sweep/spec/readSweep.js'
import { checkSweep } from '../../../pipelines/sweep/spec/sweepSpec.js'

const names = (spec: SweepSpec, kind: string) =>
  sweepSteps(spec)
    .filter(({ step }) => step.kind === kind)
    .map(({ step }) => step.name.replace(/^\w+ /, ''))
const networks = (train: SweepSpec['train']) => names({ train, attack: false }, 'train').sort()

t.test('a grid is all combinations, each network once', (t) => {
  t.same(networks({ architecture: ['FC10', 'FC20-10'], lambda: [0, 1e-4], seed: { from: 1, to: 2 } }), [
    ...['FC10(0)#1', 'FC10(0)#2', 'FC10(1e-4)#1', 'FC10(1e-4)#2'],
    ...['FC20-10(0)#1', 'FC20-10(0)#2', 'FC20-10(1e-4)#1', 'FC20-10(1e-4)#2'],
  ])
  t.same(
    networks({ depth: [0, 1, 2], width: [5, 7], activation: ['relu', 'tanh'], lambda: 1e-3 }),
    [
      ...['FC10(1e-3)#1', 'FC5-10:relu(1e-3)#1', 'FC5-10:tanh(1e-3)#1', 'FC5-5-10:relu(1e-3)#1'],
      ...['FC5-5-10:tanh(1e-3)#1', 'FC7-10:relu(1e-3)#1', 'FC7-10:tanh(1e-3)#1', 'FC7-7-10:relu(1e-3)#1'],
      'FC7-7-10:tanh(1e-3)#1',
    ],
    'without a hidden layer width and activation vary nothing',
  )
  t.same(
    networks({
      ...{ convolutions: ['none', '4x3-8x3'], depth: 1, width: 6, classes: 12, bias: [true, false] },
      data: 'npz@split=train:own.npz',
    }),
    [...['CNN4x3-8x3-6-12#1', 'CNN4x3-8x3-6-12-nobias#1', 'FC6-12#1', 'FC6-12-nobias#1']],
  )
  t.same(
    networks({ architecture: 'FC10', half: ['all', 'P1', 'P2'], limit: 100, iterations: [5, 9], lambda: 1 }),
    [
      ...['FC10(1) first=100 iterations=5#1', 'FC10(1) first=100 iterations=9#1'],
      ...['FC10(1)@P1 first=100 iterations=5#1', 'FC10(1)@P1 first=100 iterations=9#1'],
      ...['FC10(1)@P2 first=100 iterations=5#1', 'FC10(1)@P2 first=100 iterations=9#1'],
    ],
  )
  const halved = sweepSteps({
    train: { architecture: 'FC10', half: 'P2', data: 'cifar@split=train:cifar-10-batches-bin' },
  })
  t.match(halved[0].step, {
    name: 'train FC10(1e-4)@P2#1',
    spec: {
      images: { source: 'cifar@split=train,half=P2:cifar-10-batches-bin' },
      test: { source: 'cifar@split=test:cifar-10-batches-bin' },
    },
  })
  t.same(networks([{ architecture: 'FC5-10' }, { architecture: ['FC5-10', 'FC6-10'], seed: 4 }]), [
    ...['FC5-10#1', 'FC5-10#4', 'FC6-10#4'],
  ])
  const [first, last] = [names({ train: { depth: 1, width: [3, 90, 20] } }, 'train'), 'FC3-10#1']
  t.same([first[0], first.at(-1)], ['FC90-10#1', last], 'the longest training first')
  t.end()
})

t.test('ranges', (t) => {
  const lambdas = (lambda: unknown) => checkSweep({ train: { architecture: 'FC10', lambda } }).train[0].lambda
  t.same(lambdas({ from: 1e-9, to: 1, count: 10, scale: 'log' }), [
    ...[1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1],
  ])
  t.same(lambdas({ from: 0, to: 0.3, count: 4 }), [0, 0.1, 0.2, 0.3])
  t.same(lambdas({ from: 0.5, to: 7, count: 1 }), [0.5])
  t.same(
    checkSweep({ train: { architecture: 'FC10', seed: { from: -1, to: 2 } } }).train[0].seed,
    [-1, 0, 1, 2],
  )
  t.end()
})

t.test('conditions leave combinations out', (t) => {
  const train = { depth: [1, 2], width: [5, 50], lambda: [1e-6, 1e-4, 1e-2], seed: [1, 2] }
  const count = (where: NonNullable<Exclude<SweepSpec['train'], readonly unknown[]>['where']>) =>
    networks({ ...train, where }).length
  t.equal(networks(train).length, 24)
  t.equal(count({ depth: 1 }), 12)
  t.equal(count({ not: { depth: 2, width: 50 } }), 18)
  t.equal(count({ lambda: { min: 1e-5, max: 1e-3 } }), 8)
  t.equal(count({ lambda: { not: [1e-6, 1e-2] }, seed: [2] }), 4)
  t.equal(count([{ depth: 1 }, { width: 5 }]), 6, 'all of a list')
  t.equal(
    count({
      any: [
        { depth: 1, width: 5 },
        { seed: 2, lambda: 1e-2 },
      ],
    }),
    6 + 4 - 1,
  )
  t.equal(count({ architecture: ['FC5-10', 'FC50-50-10'], half: 'all', bias: true }), 12)
  t.throws(() => networks({ ...train, where: { depth: 3 } }), {
    code: 'bad-option',
    message: /train\.where.*none left/,
  })
  const spec = { train: { architecture: ['FC5-10', 'FC10'], lambda: [1, 2] }, score: false } as const
  t.same(
    names(
      {
        ...spec,
        attack: { goal: ['random', 'untargeted'], where: { not: { goal: 'untargeted', lambda: 2 } } },
      },
      'attack',
    ),
    [
      ...['FC10(1)#1 random 0..256', 'FC10(1)#1 untargeted 0..256', 'FC10(2)#1 random 0..256'],
      ...['FC5-10(1)#1 random 0..256', 'FC5-10(1)#1 untargeted 0..256', 'FC5-10(2)#1 random 0..256'],
    ],
    'also of attacks',
  )
  t.end()
})

t.test('attacks are shards of images, scorings the pairs that are chosen', (t) => {
  const train = { architecture: 'FC10', lambda: [1, 2], seed: [1, 2] }
  const attack = { limit: 25, shard: 10, goal: ['random', 'untargeted'], seed: { from: 1, to: 2 } } as const
  const steps = sweepSteps({ train, attack, score: { noise: [0.1, 0.2] } })
  const of = (kind: string) => steps.filter(({ step }) => step.kind === kind)
  t.equal(of('attack').length, 4 * 2 * 2 * 3)
  t.equal(of('score').length, 4 * 2 * 2 + 2)
  t.same(
    of('attack')
      .slice(0, 3)
      .map(({ step, effort }) => [step.name, (step.spec as { shard: unknown }).shard, effort.limit]),
    [
      ['attack FC10(1)#1 random 0..10', [0, 10], 25],
      ['attack FC10(1)#1 random 10..20', [10, 20], 25],
      ['attack FC10(1)#1 random 20..25', [20, 30], 25],
    ],
  )
  const known = new Set<string>()
  const isAfter = ({ step }: PlannedStep) => {
    const after = step.needs.every((need) => known.has(need))
    known.add(step.name)
    return after
  }
  t.ok(steps.every(isAfter), 'each after all that it needs')
  t.equal(known.size, steps.length, 'each of its own name')
  t.same(
    of('score')[0].step.needs.toSorted(),
    [
      ...[
        'attack FC10(1)#1 random 0..10',
        'attack FC10(1)#1 random 10..20',
        'attack FC10(1)#1 random 20..25',
      ],
      ...['train FC10(1)#1', 'train FC10(1)#2', 'train FC10(2)#1', 'train FC10(2)#2'],
    ],
    'examples are shown when all are there',
  )
  const victims = (pairs: NonNullable<Exclude<SweepSpec['score'], false>>['pairs']) =>
    sweepSteps({ train, score: { pairs } })
      .filter(({ step }) => step.kind === 'score')
      .map(({ step }) => [
        step.name,
        (step.spec as { models: { train: { name: string } }[] }).models
          .map((model) => model.train.name)
          .join(' '),
      ])
  t.same(victims('same-seed')[1], ['score FC10(1)#2 random', 'FC10(1)#2 FC10(2)#2'])
  t.same(victims([{ source: { lambda: 2 }, victim: { lambda: 1 } }, { victim: { lambda: 2, seed: 2 } }]), [
    ['score FC10(1)#1 random', 'FC10(2)#2'],
    ['score FC10(1)#2 random', 'FC10(2)#2'],
    ['score FC10(2)#1 random', 'FC10(1)#1 FC10(1)#2 FC10(2)#2'],
    ['score FC10(2)#2 random', 'FC10(1)#1 FC10(1)#2 FC10(2)#2'],
  ])
  const ranked = { architecture: ['FC5-6-10', 'FC10'] }
  t.same(names({ train: ranked, rank: {} }, 'rank'), ['FC5-6-10#1 hidden1', 'FC5-6-10#1 hidden2'])
  t.same(names({ train: ranked, rank: { layers: 'hidden2' } }, 'rank'), ['FC5-6-10#1 hidden2'])
  t.equal(sweepSteps({ train: ranked, attack: false }).length, 2, 'without attacks there is nothing to show')
  t.end()
})

t.test('what a step is expected to take grows with its images', (t) => {
  const costs = (limit: number, kind: string) =>
    sweepSteps({ train: { architecture: 'FC10' }, attack: { limit }, score: { noise: 0.1 } })
      .filter(({ step }) => step.kind === kind)
      .map(costOf)
  for (const kind of ['attack', 'score'])
    t.same(
      costs(40, kind),
      costs(20, kind).map((cost) => 2 * cost),
      kind,
    )
  t.equal(new Set(costs(20, 'score')).size, 1, 'examples and noise are as many')
  t.end()
})

t.test('errors name the key, its value and what was expected', async (t) => {
  const errors: readonly (readonly [spec: unknown, message: RegExp])[] = [
    [null, /^sweep: expected an object, got null$/],
    [{}, /^sweep: train: expected a value, got none$/],
    [{ train: {} }, /^sweep: train: expected architecture, or depth and width, got {}$/],
    [{ train: { depth: [1, 2] } }, /^sweep: train: expected architecture, or depth and width/],
    [
      { train: { depth: 1e8, width: 3 } },
      /^sweep: train\.depth: expected at most 1000 layers, got 100000000$/,
    ],
    [{ train: { architecture: 'FC10', width: 3 } }, /^sweep: train: expected architecture, or depth, width/],
    [
      { train: { architecture: 'FC10', lamda: 1 } },
      /^sweep: train\.lamda: expected one of the keys architecture, depth, .*, got "lamda"$/,
    ],
    [
      { train: { architecture: 'FC10', lambda: -1 } },
      /^sweep: train\.lambda: expected a number from 0, got -1$/,
    ],
    [
      { train: { architecture: 'FC10', lambda: [1, 'x'] } },
      /^sweep: train\.lambda\[1]: expected a number, got "x"$/,
    ],
    [
      { train: [{ architecture: 'FC10' }, { architecture: [] }] },
      /^sweep: train\[1]\.architecture: expected a list of one or more/,
    ],
    [
      { train: { architecture: 'FC10', seed: { from: 3, to: 1 } } },
      /^sweep: train\.seed: expected numbers from a smaller to a larger/,
    ],
    [
      { train: { architecture: 'FC10', lambda: { from: 0, to: 1, count: 3, scale: 'log' } } },
      /^sweep: train\.lambda: expected numbers above 0 on a log scale/,
    ],
    [
      { train: { architecture: 'FC10', lambda: { from: 0, to: Infinity, count: 3 } } },
      /^sweep: train\.lambda\.to: expected a finite number, got Infinity$/,
    ],
    [
      { train: { architecture: 'FC10', lambda: { from: 1e-308, to: 1e308, count: 3, scale: 'log' } } },
      /^sweep: train\.lambda: expected ends that are not as far apart, got/,
    ],
    [
      { train: { architecture: 'FC10', lambda: Infinity } },
      /^sweep: train\.lambda: expected a finite number, got Infinity$/,
    ],
    [
      { train: { architecture: 'FC10', lambda: { from: 1e-6, to: 1, scale: 'log' } as never } },
      /^sweep: train\.lambda: expected a count beside from, to and scale, got/,
    ],
    [
      { train: { architecture: 'FC10', half: 'P3' } },
      /^sweep: train\.half: expected one of all, P1, P2, got "P3"$/,
    ],
    [
      { train: { architecture: 'FC10', where: { constructor: 5, seed: 1 } } },
      /^sweep: train\.where\.constructor: expected one of the keys/,
    ],
    [
      { train: { architecture: 'FC10', where: { widht: 1 } } },
      /^sweep: train\.where\.widht: expected one of the keys architecture, depth, .*, got "widht"$/,
    ],
    [
      { train: { architecture: 'FC10', where: { not: { seed: null } } } },
      /^sweep: train\.where\.not\.seed: expected a text, a number/,
    ],
    [
      { train: { architecture: 'FC10' }, attack: true },
      /^sweep: attack: expected an object, or false for none, got true$/,
    ],
    [
      { train: { architecture: 'FC10' }, attack: [{ limit: 0 }] },
      /^sweep: attack\[0]\.limit: expected a whole number from 1, got 0$/,
    ],
    [
      { train: { architecture: 'FC10' }, score: { pairs: 'some' } },
      /^sweep: score\.pairs: expected one of all, same-seed, got "some"$/,
    ],
    [{ name: 'a/b', train: { architecture: 'FC10' } }, /^sweep: name: expected 1 to 64 letters/],
  ]
  for (const [spec, message] of errors) t.throws(() => checkSweep(spec), { code: 'bad-option', message })
  const steps: readonly (readonly [spec: SweepSpec, message: RegExp])[] = [
    [{ train: { architecture: 'FC' } }, /architecture "FC": expected the form/],
    [
      { train: { architecture: ['FC10', 'FC8-5'] } },
      /architecture FC8-5: its last number is its classes, 5, and the images have 10 classes .*did you mean FC8-10 or FC8-5-10\?$/,
    ],
    [
      { train: { architecture: 'FC10(1)', lambda: 1 } },
      /train\.architecture: expected no λ of its own where lambda is given, got FC10\(1\)/,
    ],
    [
      { train: [{ architecture: 'FC10' }, { architecture: 'FC10', data: 'mnist:test' }] },
      /train: two networks would be called FC10\(1e-4\)#1/,
    ],
    [
      { train: { architecture: 'FC10' }, attack: [{ data: 'mnist:test' }, { data: 'mnist:train' }] },
      /attack: two attacks of FC10\(1e-4\)#1 random differ in data alone/,
    ],
    [
      {
        train: {
          architecture: 'FC10',
          seed: { from: 1, to: 99_999 },
          lambda: { from: 0, to: 1, count: 1000 },
        },
      },
      /expected at most 100000 combinations in a grid, got 99999000/,
    ],
    [
      { train: { architecture: 'FC10' }, attack: { limit: 1e9, shard: 1 } },
      /attack: expected at most 1000000 steps of attacks, got more/,
    ],
    [
      { train: { architecture: 'FC10' }, attack: { seed: { from: 1, to: 20_000 }, shard: 1 } },
      /attack: expected at most 1000000 steps of attacks, got more/,
    ],
    [
      { train: { architecture: 'FC10', data: 'mnist:trian' } },
      /train\.data: source: expected one of mnist:train/,
    ],
    [
      { train: { architecture: 'FC10' }, attack: { where: { seed: 2 } } },
      /attack\.where: expected .*, got none/,
    ],
    [
      { train: { architecture: 'FC10' }, rank: {} },
      /rank\.where: expected a network with hidden layers that meets it, got none/,
    ],
    [
      { train: { architecture: ['FC10', 'FC5-10'] }, rank: { layers: ['hidden1', 'hidden9'] } },
      /rank\.layers: expected one of hidden1, .*, got "hidden9"$/,
    ],
    [
      { train: { architecture: 'FC10' }, score: { pairs: { source: { seed: 9 } } } },
      /score\.pairs: expected an attack and a network .*, got none/,
    ],
    [
      { train: { architecture: 'FC10', seed: { from: 1, to: 2000 } } },
      /score\.pairs: expected at most 1000000/,
    ],
  ]
  for (const [spec, message] of steps) t.throws(() => sweepSteps(spec), { code: 'bad-option', message })

  const folder = t.testdir()
  mkdirSync(folder, { recursive: true })
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  t.same(
    await readSweep(file('a.yaml', 'train:\n  architecture: FC10\n  lambda: [1e-4, 0.01]\n')),
    await readSweep(file('a.json', '{"train": {"architecture": "FC10", "lambda": [1e-4, 0.01]}}')),
    'JSON is YAML',
  )
  await t.rejects(readSweep(file('b.yaml', 'train: [1, 2')), {
    code: 'bad-option',
    message: /b\.yaml: expected YAML or JSON: .*line 1/,
  })
  await t.rejects(readSweep(file('c.yaml', '')), {
    code: 'bad-option',
    message: /c\.yaml: expected an object, got null/,
  })
  await t.rejects(readSweep(file('d.yaml', 'train: {architecture: FC10, seed: 1.5}')), {
    message: /d\.yaml: train\.seed: expected a whole number, got 1.5/,
  })
  await t.rejects(readSweep(file('f.yaml', 'train: {architecture: FC}')), {
    message: /f\.yaml: architecture "FC"/,
  })
  await t.rejects(readSweep(file('g.yaml', 'train: {architecture: FC10, lambda: {from: 0.1, to: 1}}')), {
    message: /g\.yaml: train\.lambda\.from: expected a whole number, or a count beside from and to, got 0\.1/,
  })
  await t.rejects(readSweep(join(folder, 'none.yaml')), {
    code: 'bad-option',
    message: /none\.yaml: expected a sweep as YAML or JSON, got no such file/,
  })
  await t.rejects(readSweep(folder), { code: 'bad-option', message: /got a folder$/ })
  const bomb = `a: &a [x,x]\n${'bcdefghij'
    .split('')
    .map((c, i) => `${c}: &${c} [*${'abcdefghij'[i]},*${'abcdefghij'[i]}]\n`)
    .join('')}`
  await t.rejects(readSweep(file('e.yaml', bomb)), { code: 'bad-option', message: /e\.yaml: .*alias/ })
})
