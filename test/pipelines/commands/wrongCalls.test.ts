import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { program } from '../../../pipelines/commands/program.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { blindspot } from '../commandLine.js'
import { modelOf } from '../dataSet.js'
import { attackInto } from '../commands.js'
import { writeImages } from '../smallImages.js'

t.test('wrong calls are 2 and say what was expected', async (t) => {
  const folder = t.testdir()
  const attacks: [string[], RegExp][] = [
    [['--method', 'fgsm'], /--method.*l-bfgs, deepfool, ddn/s],
    [
      ['--method', 'deepfool', '--goal', 'random'],
      /--method deepfool: expected --goal untargeted.*got --goal random/,
    ],
    [['--method', 'deepfool', '--target', '3'], /got --target 3/],
    [['--method', 'deepfool', '--cases', 'a.csv'], /got --cases a\.csv/],
    [['--method', 'ddn', '--penalty', 'norm'], /--method ddn: expected no --penalty, an option of l-bfgs/],
    [['--method', 'ddn', '--max-evaluations', '9'], /expected no --max-evaluations/],
    [['--iterations', '9'], /--method l-bfgs: expected no --iterations/],
    [['--seeds', '3..1'], /--seeds.*1\.\.5 or 1,3,7/s],
    [['--seeds', '1,,2'], /--seeds.*1\.\.5 or 1,3,7/s],
    [['--seeds', '1..9999'], /at most 1000 seeds/],
    [['--seeds', '1..3', '--seed', '2'], /--seeds.*--seed/s],
    [['--seeds', '1..3', '--goal', 'untargeted'], /--seeds: expected --goal random.*got l-bfgs, untargeted/],
    [['--seeds', '1..3', '--method', 'deepfool'], /got deepfool, untargeted/],
    [['--seeds', '1,2', '--target', '3'], /got --target:/],
    [['--seed', '2', '--target', '3'], /--seed: expected --goal random.*got --target:.*whatever the seed/],
    [['--seed', '1', '--method', 'deepfool'], /--seed: expected --goal random/],
    [['there', '--name', 'a'], /--name: expected one model.* got 2/],
  ]
  const calls: [string[], RegExp][] = [
    [['fly'], /unknown command 'fly'/],
    [['train', 'FC10'], /--out/],
    [['train', 'FC10', '--epochs', '2', '--out', folder], /--epochs: is of hidden layers, and FC10 has none/],
    [['train', 'FC10', '--learning-rate', '1', '--out', folder], /--learning-rate: is of hidden layers/],
    [['train', 'FC9-10', '--iterations', '2', '--out', folder], /--iterations: is of a softmax/],
    [
      ['train', 'FC10(1)', '--lambda', '2', '--out', folder],
      /--lambda: expected no λ in FC10\(1\) beside it/,
    ],
    [['score', folder, '--models', 'm', '--seed', '2', '--out', folder], /--seed: is of noise.*give --noise/],
    [['score', folder, '--models', 'm', '--amplify', '1e300', '--out', folder], /--amplify.*at most 1000000/],
    [['score', folder, '--models', 'm', '--noise', '1e7', '--out', folder], /--noise.*at most 1000000/],
    [['train', 'XX10', '--out', folder], /XX10.*FC100-100-10/s],
    [['train', 'FC10', '--seed', '-1', '--out', folder], /--seed.*whole number/],
    [['train', 'FC10', '--lambda', '1,2,3', '--out', folder], /λ|lambda/],
    [['evaluate', folder, '--data', 'coco:test'], /mnist:train.*coco:test/s],
    [['attack', folder, '--data', 'mnist:test', '--goal', 'nearest', '--out', folder], /--goal.*random/s],
    [['attack', folder, '--data', 'mnist:test', '--workers', '257', '--out', folder], /workers.*0 to 256/],
    ...attacks.map(([more, expected]): [string[], RegExp] => [
      ['attack', 'nowhere', '--data', 'mnist:test', '--out', folder, ...more],
      expected,
    ]),
    [['paper', '--limit', '0'], /--limit.*at least 1/],
    [['paper', '--backend', 'cuda'], /--backend.*native, wasm, cpu/],
  ]
  for (const [args, expected] of calls) {
    const { code, err } = await blindspot(...args)
    t.equal(code, 2, args.join(' '))
    t.match(err, expected)
  }
})

t.test('the help names the commands', (t) => {
  t.match(program.helpInformation(), /paper.*train.*evaluate.*attack.*score.*rank.*report.*setup/s)
  t.end()
})

t.test('a folder of the main job has the results of one seed', async (t) => {
  const out = t.testdir()
  const lake = await openLake(out)
  const writer = lake.writer('models', { step: 'one', metadata: { seed: 1, quick: true } })
  await writer.write([modelOf('FC10(1)', 0.2, 0.2)])
  await writer.close()
  for (const [args, err] of [
    [['--quick', '--seed', '2'], /holds the results of seed 1 with --quick, not of seed 2.*--out/],
    [[], /holds the results of seed 1 with --quick, not of seed 1; .*--out/],
  ] as const)
    t.match(await blindspot('paper', ...args, '--out', out), { code: 2, err })
})

t.test(
  'what a call names is there, of its kind and fits, or the call is wrong, whichever command it is',
  async (t) => {
    const root = t.testdir()
    const at = (name: string) => join(root, name)
    const [model, data] = [resolve('test/fixtures/FC48-10'), 'mnist:test']
    const set = at('set')
    await attackInto(set, model, data, { limit: 4 })
    const small = `mnist@${writeImages(at('small'), 1, 60)}:test`
    for (const name of ['empty', 'folder']) mkdirSync(at(name))
    writeFileSync(at('folder/note.txt'), 'hello')
    writeFileSync(at('text'), 'hello')
    writeFileSync(at('beyond.csv'), 'index,target\n0,1\n1,10\n')
    writeFileSync(at('elsewhere.csv'), 'index,target\n0,1\n10000,1\n')
    await (await openLake(at('bare'))).checkpoint()
    const before = readdirSync(root)
    const out = ['--out', at('new/out')]
    const from = (kinds: string) => kinds.split(' ').map((kind) => `${kind}:${at('nothing')}`)
    const folders = (kinds: string) => kinds.split(' ').map((kind) => `${kind}:${at('folder')}`)
    const sources = [
      ...from('npz folder cifar emnist imagenet parquet arrow'),
      ...folders('npz folder cifar emnist imagenet parquet arrow'),
      ...[
        `mnist@${at('nothing')}:test`,
        `mnist@${at('folder')}:test`,
        `parquet@where=nowhere=1:${set}/examples`,
      ],
      `parquet@where=source=nobody:${set}/examples`,
    ]
    // nothing at all, a file for a folder, and a folder that is none such
    const [noSets, noModels] = [['nothing', 'text', 'folder'].map(at), ['nothing', 'empty', 'folder'].map(at)]
    const noFiles = [at('nothing'), at('folder')]
    const attack = ['attack', model, '--data', data, '--workers', '0', ...out]
    const rank = ['rank', model, '--data', data, '--limit', '20', ...out, '--layer']
    const calls: readonly (readonly string[])[] = [
      ...sources.flatMap((source) => [
        ['train', 'FC10', '--data', source, ...out],
        ['train', 'FC10', '--data', data, '--test', source, ...out],
        ['evaluate', model, '--data', source],
        ['evaluate', model, '--data', source, ...out],
        ['attack', model, '--data', source, ...out],
        ['score', '--data', source, '--models', model, ...out],
        ['rank', model, '--layer', 'hidden1', '--data', source, ...out],
      ]),
      ...[
        'train FC10',
        `evaluate ${model}`,
        `attack ${model} --workers 0`,
        `rank ${model} --layer hidden1`,
      ].map((call) => [...call.split(' '), '--data', data, '--out', at('text')]),
      ['train', 'FC10', '--data', data, '--test', small, ...out],
      ['train', 'FC8-9', '--data', data, ...out],
      ['train', 'FC8-2', '--data', small, ...out],
      ['evaluate', model, '--data', small],
      ['evaluate', model, '--data', small, ...out],
      ['attack', model, '--data', small, '--workers', '0', ...out],
      ['score', '--data', small, '--models', model, ...out],
      ['rank', model, '--layer', 'hidden1', '--data', small, ...out],
      ...noModels.flatMap((none) => [
        ['inspect', none],
        ['evaluate', none, '--data', data],
        ['attack', none, '--data', data, ...out],
        ['score', set, '--models', none, ...out],
        ['rank', none, '--layer', 'hidden1', '--data', data, ...out],
        ['imagenet', at('folder'), '--models', none, ...out],
        ['verify', set, '--models', none],
      ]),
      ...noFiles.flatMap((none) => [
        ['import', 'alexnet', none, ...out],
        ['inspect', model, '--preprocess', none],
        [...attack, '--preprocess', none],
        [...attack, '--cases', none],
        [...rank, 'hidden1', '--directions', `${none}.parquet`],
        ['sweep', 'plan', none],
        ['sweep', 'run', none, ...out],
        ['query', set, '--file', none],
      ]),
      [...attack, '--target', '10'],
      [...attack, '--cases', at('beyond.csv')],
      [...attack, '--cases', at('elsewhere.csv')],
      [...rank, 'nowhere'],
      ...[...noSets, at('bare')].flatMap((none) => [
        ['score', none, '--models', model, ...out].filter(() => none !== at('text')),
        ['sweep', 'status', none],
        ['export', none, '--npy', ...out],
      ]),
      ...noSets.flatMap((none) => [
        ['runs', none],
        ['query', none, 'models'],
        ['report', none],
        ['table', none, '--format', 'delta'],
        ['verify', none],
        ['compact', none],
      ]),
      ['query', set, 'nobody'],
      ['query', set, 'FROM nowhere'],
      ['query', set, 'SELECT nothing FROM examples'],
      ['report', set, '--out', at('folder')],
      ['report', set, '--figures', at('text')],
      ...[set, at('set/new'), at('folder'), at('text')].map((place) => [
        'export',
        set,
        '--npy',
        '--out',
        place,
      ]),
      ['export', set, '--npy', '--where', 'nowhere=1', ...out],
      ['export', set, '--npy', '--where', 'source_model=nobody', ...out],
      ['imagenet', at('nothing'), '--models', model, ...out],
      ['imagenet', at('folder'), '--models', model, ...out],
      ['worker', '--queue', 'http://nowhere'],
      ['paper', '--quick', '--out', at('text')],
    ].filter((call) => call.length > 0)
    for (const call of calls) {
      const { code, err } = await blindspot(...call)
      t.equal(code, 2, `${call.join(' ')}: ${err}`)
      if (existsSync(at('new'))) t.fail(`${call.join(' ')} leaves a folder`)
    }
    t.same(readdirSync(root), before)
    const names = new Set(calls.map(([name]) => name))
    t.same(
      program.commands.map((one) => one.name()).filter((name) => !names.has(name)),
      ['setup'],
      'of all commands that name something',
    )
  },
)

t.test(
  'examples of other classes or another size than a model has are a wrong call, before any work',
  async (t) => {
    const root = t.testdir()
    const small = `mnist@${writeImages(join(root, 'small'), 1, 60)}`
    const [three, five, out] = ['three', 'five', 'out'].map((name) => join(root, name))
    for (const [architecture, to] of [
      ['FC4-3', three],
      ['FC4-5', five],
    ])
      t.equal(
        (await blindspot('train', architecture, '--data', `${small}:train`, '--epochs', '1', '--out', to))
          .code,
        0,
      )
    const [other, large] = ['other', 'large'].map((name) => join(root, name))
    await attackInto(other, five, `${small}:test`, { limit: 4, target: 4 })
    await attackInto(large, resolve('test/fixtures/FC48-10'), 'mnist:test', { limit: 4 })
    const takes = /but model FC4-3 takes 36 values and tells 3 classes apart; choose/
    for (const [examples, models, are] of [
      [other, [five, three], /images of 5 classes or more and 36 values, /],
      [large, [three], /images of \d+ classes or more and 784 values, /],
    ] as const) {
      const { code, err } = await blindspot('score', examples, '--models', ...models, '--out', out)
      t.equal(code, 2, err)
      t.match(err, are)
      t.match(err, takes)
      t.notOk(existsSync(out))
    }
  },
)
