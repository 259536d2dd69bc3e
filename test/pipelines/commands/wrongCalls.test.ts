import t from 'tap'
import { program } from '../../../pipelines/commands/program.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { blindspot } from '../commandLine.js'
import { modelOf } from '../dataSet.js'

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
