import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import {
  loadClassifier,
  openLake,
  perform,
  readExamples,
  STATUSES,
  type Classifier,
  rankStep,
  stepIdentity,
  useBackend,
} from 'blindspot'
import { predictions } from '../../../operators/classifier.js'
import { program } from '../../../pipelines/commands/program.js'
import { preprocessOf } from '../../../pipelines/commands/preprocess.js'
import { scoringOf } from '../../../pipelines/commands/score.js'
import { evaluateModels } from '../../../pipelines/evaluateModels.js'
import { attackStep } from '../../../pipelines/steps/attackStep.js'
import { blindspot } from '../commandLine.js'
import { fixture } from '../../oracle/optima.js'
import { collect } from '../../sinks/records.js'

await useBackend('cpu')
const folder = t.testdir({})
const path = resolve(fixture('FC48-10'))
const file = join(folder, 'mine.json')
writeFileSync(file, JSON.stringify({ box: [0.2, 0.9] }))

t.test('every command that takes a model takes --preprocess', (t) => {
  const commands = ['attack', 'score', 'evaluate', 'rank', 'imagenet', 'inspect']
  for (const name of commands) {
    const command = program.commands.find((one) => one.name() === name)
    t.ok(
      command?.options.some(({ long }) => long === '--preprocess'),
      name,
    )
  }
  t.same(preprocessOf({}), {})
  t.same(preprocessOf({ preprocess: 'a.json' }), { preprocess: resolve('a.json') })
  t.end()
})

t.test('what it says is part of the network, in steps too', async (t) => {
  const lake = await openLake(join(folder, 'set'))
  const images = { source: 'mnist:test' }
  const step = attackStep({ model: { path, preprocess: file }, images })
  const plain = attackStep({ model: { path }, images })
  t.not(await stepIdentity(lake.folder, step), await stepIdentity(lake.folder, plain), 'another step')
  const { files } = await perform(lake, step, { limit: 12, workers: 0, backend: 'cpu' })
  await t.rejects(
    perform(lake, plain, { limit: 12, workers: 0, backend: 'cpu' }),
    /another model that is called FC48-10, .*another folder with --out, .*--name of attack and rank, or \S+ in its model\.json/,
  )
  const evaluated = await blindspot(
    'evaluate',
    path,
    '--data',
    'mnist:test',
    '--limit',
    '4',
    '--out',
    lake.folder,
  )
  t.match(evaluated, { code: 2, err: /give its scores another folder with --out, .* in its model\.json/ })
  t.notMatch(evaluated.err, /--name/, 'which evaluate does not have')

  const own = await loadClassifier(path, { preprocess: file })
  const raw = await loadClassifier(path)
  const [batch] = await collect(readExamples(files.map((one) => one.path)))
  const found = [...batch.status.keys()].filter((row) => STATUSES[batch.status[row]] === 'success')
  t.ok(found.length > 3)
  const examples = found.map((row) => batch.adversarial.subarray(row * 784, (row + 1) * 784))
  const taken = (classifier: Classifier) =>
    examples.map((pixels) => predictions(classifier.logits(pixels), 10)[0])
  const wanted = found.map((row) => batch.adversarialPrediction[row])
  t.same(taken(own), wanted, 'they fool it')
  t.notSame(taken(raw), wanted, 'and not the other')
  t.ok(
    examples.every((pixels) => pixels.every((pixel) => pixel >= 0 && pixel <= 1)),
    'within the box of pixels',
  )

  const [mine, its] = await Promise.all(
    [file, undefined].map((preprocess) =>
      evaluateModels([path], { data: 'mnist:test', limit: 200, backend: 'cpu', preprocess }),
    ),
  )
  t.not(mine[0].errors, its[0].errors)
  const options = { models: [path], data: 'mnist:test', seed: 1, preprocess: file }
  t.match(await scoringOf(undefined, options), [{ spec: { models: [{ path, preprocess: file }] } }])
  const ranked = { layer: 'hidden1', images: { ...images, first: 20 }, passes: [{ basis: ['unit'], top: 4 }] }
  const [a, b] = [{ path, preprocess: file }, { path }].map((model) => rankStep({ model, ...ranked }))
  t.not(await stepIdentity(lake.folder, a), await stepIdentity(lake.folder, b))
  for (const one of [own, raw]) one.dispose()
})
