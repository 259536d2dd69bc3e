import { join } from 'node:path'
import t from 'tap'
import {
  openLake,
  perform,
  performAll,
  performInThreads,
  readRecords,
  stepIdentity,
  trainStep,
  type Lake,
  type PlannedStep,
} from 'blindspot'
import { writeImages } from '../smallImages.js'

const root = t.testdir()
const data = writeImages(join(root, 'images'), 1, 60)
const images = { source: `mnist@${data}:train` }

const training = (name: string, epochs: number, folder = `networks/${name}`, seed = 1) =>
  trainStep({ name, folder, architecture: 'FC8-3', images, seed, options: { epochs, batchSize: 5 } })
const planned = (...steps: PlannedStep['step'][]): PlannedStep[] =>
  steps.map((step) => ({ step, effort: {} }))

/** Of each model of a data set the hash of its weights. */
async function hashesIn(lake: Lake): Promise<Map<string, string>> {
  const hashes = new Map<string, string>()
  for (const { path } of await lake.files({ table: 'models' }))
    for await (const models of readRecords('models', path))
      for (const { model, weightsHash } of models) hashes.set(model, weightsHash)
  return hashes
}

t.test('more steps than threads', async (t) => {
  const lake = await openLake(join(root, 'several'))
  // the first ends last
  const steps = [training('long', 15), training('short', 1), training('third', 1)]
  const performed = await performInThreads(lake, planned(...steps), 2)
  const ids = await Promise.all(steps.map((step) => stepIdentity(lake.folder, step)))
  t.same(
    performed.map(({ id }) => id),
    ids,
    'in their own order',
  )
  const alone = await openLake(join(root, 'alone'))
  for (const step of steps) await perform(alone, step)
  const [hashes, others] = [await hashesIn(lake), await hashesIn(alone)]
  t.equal(hashes.size, 3)
  t.same(hashes, others, 'and as one after the other')
  t.same(await performAll(lake, planned(...steps)), performed, 'done once')
  t.same(await performInThreads(lake, [], 2), [])
})

t.test('the same training by two names at once is done once', async (t) => {
  const lake = await openLake(join(root, 'same'))
  const steps = ['one', 'two', 'three'].map((name) => training(name, 30))
  let epochs = 0
  const onProgress = ({ state }: { readonly state: string }) => void (epochs += Number(state === 'running'))
  const performed = await performInThreads(lake, planned(...steps), 3, { onProgress })
  t.equal(performed.length, 3)
  t.equal(new Set((await hashesIn(lake)).values()).size, 1)
  t.equal(epochs, 30, 'the others are copies')
})

t.test('one that fails ends the others, and leaves no lock behind', async (t) => {
  const lake = await openLake(join(root, 'failing'))
  await perform(lake, training('one', 1, 'networks/taken'))
  const long = training('long', 100_000)
  const same = training('two', 1, 'networks/taken')
  await t.rejects(performInThreads(lake, planned(long, same), 2), {
    code: 'bad-option',
    message: /holds another model/,
  })
  t.same([...(await hashesIn(lake)).keys()], ['one'])
  const interrupt = new AbortController()
  const again = performInThreads(lake, planned(long, training('short', 1, 'networks/short', 2)), 2, {
    signal: interrupt.signal,
    onProgress: ({ label, state }) => {
      if (label.includes('short') && state === 'complete') interrupt.abort()
    },
  })
  await t.rejects(again, { name: 'AbortError' })
  t.notOk((await hashesIn(lake)).has('long'), 'an interrupted training is none')
})
