import { readFileSync } from 'node:fs'
import { lastValueFrom } from 'rxjs'
import t from 'tap'
import * as blindspot from 'blindspot'
import { nearestMeanExample } from '../examples/nearestMean.js'
import * as examples from '../examples/operators.js'
import { transfer } from '../examples/pipeline.js'
import { transferInSteps } from '../examples/steps.js'
import { evaluateModelsExample, tablesExample } from '../examples/tables.js'

t.test('every operator has an example that runs', async (t) => {
  await blindspot.useBackend()
  const model = await examples.trainExample()
  t.teardown(() => model.dispose())
  const error = await examples.evaluateExample(model)
  t.ok(error > 0.05 && error < 0.3, `a softmax of 1,000 images: ${error}`)
  t.ok((await examples.attackExample(model)).length >= 10)
  const distortions = await examples.predictedLabelsExample(model)
  t.ok(distortions.length === 16 && distortions.every((distortion) => distortion > 0), 'all are right')
  t.ok((await examples.searchPathExample(model)).some(({ fooled }) => fooled))
  const deepFooled = await examples.deepFoolExample(model)
  t.ok(deepFooled.length >= 10)
  t.equal((await examples.decoupledDirectionNormExample(model)).length, deepFooled.length)
  t.ok((await examples.amplifyExample(model)) > 0)
  // least perturbations end at the boundary: rounding takes some back, what JPEG drops most
  const stored = await examples.recodeExample(model)
  t.ok(stored.png > stored.jpeg, `as PNG ${stored.png}, as JPEG ${stored.jpeg}`)
  t.ok((await examples.gaussianNoiseExample(model)) > 0)
  t.ok((await examples.scoreExample(model)) > 0)
  t.equal(await examples.activationsExample(model), 10)
  const ranked = await examples.rankExample(model)
  t.same(
    ranked.map(({ basis, first }) => [basis, first.length]),
    [
      ['unit', 10],
      ['rotation', 10],
    ],
  )
  const [units, random, control] = await examples.coherenceExample(model)
  t.ok(
    units > 0.9 && units > random && random > control,
    'logits are class detectors, and random directions of them less so',
  )
  t.same(await examples.batchExample(), [30, 30, 30, 10])
  t.same(await examples.mapConcurrentExample(), [9, 1, 4])
  t.equal(await examples.prefetchExample(model), Math.round(1000 * error))
  t.equal(await examples.progressExample(), 300)
  t.equal(await examples.pullExample(), 10)
  t.same(await examples.consumeExample(), [5, 4, 3])
  t.same(await examples.asyncOperatorExample(), [6, 4, 2])
  t.same(await examples.emitExample(), ['first is written', 'second is made'])
  const folder = t.testdir({ n01440764: { 'none.JPEG': 'no photograph' } })
  t.same(await examples.imagenetExample(folder), { labels: [], unreadable: ['n01440764/none.JPEG'] })

  t.equal(await examples.imagesOfExample(), 0)
  t.same((await examples.selectRowsExample()).slice(0, 5), [8, 15, 18, 23, 30])
  const labels = await examples.takeRowsExample()
  t.ok(labels.length === 20 && labels.every((label) => label > 0))
  for (const images of Object.values(examples.ownImagesExample(folder)))
    await t.rejects(lastValueFrom(images), { code: 'io' }, 'read when they are subscribed to')

  const operators = Object.keys(blindspot).filter((name) =>
    /^(train|evaluate|activations|rank|coherence|attack|imagenet|imagesOf|npz|cifar|emnist|imageFolder|selectRows|takeRows|predictedLabels|decoupledDirectionNorm|deepFool|amplify|recode|gaussianNoise|score|searchPath|batch|mapConcurrent|prefetch|progress|stream|pull|consume|asyncOperator|emit|hold)$/.test(
      name,
    ),
  )
  const text = readFileSync('examples/operators.ts', 'utf8')
  t.same(
    operators.filter((name) => !text.includes(`${name}(`) && !text.includes(`${name}<`)),
    [],
    'none is left out',
  )
})

t.test('the pipeline of the README', async (t) => {
  const readme = readFileSync('README.md', 'utf8')
  const body = readFileSync('examples/pipeline.ts', 'utf8')
  t.ok(
    readme.includes(
      body.slice(body.indexOf('  await useBackend()'), body.lastIndexOf('}')).replace(/^ {2}/gm, ''),
    ),
    'is the one that is tested',
  )
  const folder = t.testdir()
  for (const name of ['FC10(1e-2)', 'FC10(1)']) {
    const last = await lastValueFrom(
      blindspot.mnist('train', { limit: 500 }).pipe(blindspot.train(name, { iterations: 10 })),
    )
    if (last.kind === 'model') await last.save(`${folder}/${name}`)
  }
  await transfer(`${folder}/FC10(1e-2)`, `${folder}/FC10(1)`, `${folder}/out`)
  let rows = 0
  for await (const { index } of blindspot.readScores(`${folder}/out/scores`)) rows += index.length
  t.ok(rows > 200, `${rows} scores`)
})

t.test('a classifier of one’s own is attacked', async (t) => {
  const batches = await nearestMeanExample()
  const status = batches.flatMap((batch) => [...batch.status].map((code) => blindspot.STATUSES[code]))
  t.ok(status.filter((one) => one === 'success').length >= 10, status.join(' '))
  t.notOk(status.includes('failed'))
})

t.test('steps are done once, and a larger limit adds rows', async (t) => {
  const folder = t.testdir()
  const rowsOf = (performed: readonly blindspot.Performed[]) =>
    performed.map(({ files }) => files.reduce((sum, { rows }) => sum + rows, 0))
  const first = await transferInSteps(folder, 16)
  const again = await transferInSteps(folder, 16)
  t.same(again, first, 'nothing is made again')
  const more = await transferInSteps(folder, 24)
  t.same(
    more.map(({ id }) => id),
    first.map(({ id }) => id),
  )
  const [before, after] = [rowsOf(first), rowsOf(more)]
  t.same(after.slice(0, 2), before.slice(0, 2))
  t.equal(before[2], 16)
  t.equal(after[2], 24)
  t.ok(after[3] > before[3], 'scores of the new examples are added')

  const { fooled, successRate, distortion, accuracy, faces } = await tablesExample(folder, more[2].id)
  t.same(
    fooled.map(({ model }) => model),
    ['FC10(1e-2)'],
  )
  t.ok(successRate.n <= 16 && successRate.value > 0.9 && distortion.value > 0)
  t.match(faces[0], /FC10\(1\)/)
  t.match(faces[1], /^\|/m)
  t.match(faces[2], /^made_for,.*,error,error_low,error_high,/)
  t.match(faces[3], /Robust accuracy.*L2 0\.5.*L2 1\.5/s)
  t.ok(
    accuracy.every(
      ({ epsilon, correct, accuracy: { n } }) => n >= 16 && correct <= n && (epsilon > 0 || correct > 0),
    ),
  )
  const { images, errors, error } = await evaluateModelsExample(`${folder}/networks/FC10(1)`)
  t.same([images, error.n, error.value], [100, 100, errors / 100])
  t.ok(error.low < error.value && error.value < error.high)
})
