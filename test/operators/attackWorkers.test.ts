import { createHash } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstValueFrom, lastValueFrom, map, tap, toArray, type Observable } from 'rxjs'
import t from 'tap'
import { attack, type AttackOptions } from '../../operators/attack.js'
import type { Classifier, ModelReference } from '../../operators/classifier.js'
import type { CommonAttackOptions } from '../../operators/engine/attackBy.js'
import type { AttackStats } from '../../operators/engine/queue.js'
import { searchPath } from '../../operators/searchPath.js'
import { decoupledDirectionNorm } from '../../operators/decoupledDirectionNorm.js'
import { deepFool } from '../../operators/deepFool.js'
import { attackThreads, threadsRunning } from '../../operators/engine/threads.js'
import { batch as rebatch } from '../../operators/flow/batch.js'
import { joined } from '../../operators/engine/chunks.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { useBackend } from '../../operators/tensor/backend.js'
import { loadClassifier } from '../../operators/tensor/loadClassifier.js'
import { modelReference } from '../../operators/tensor/modelReference.js'
import { tf } from '../../operators/tensor/tf.js'
import { mnist } from '../../sources/mnist.js'
import { fixture } from '../oracle/optima.js'

const MODEL = fixture('FC48-10')

/** All columns, bit for bit. */
const bits = (batch: AdversarialBatch) =>
  Object.fromEntries(
    Object.entries(batch).map(([name, value]: [string, unknown]) => [
      name,
      ArrayBuffer.isView(value)
        ? createHash('sha256')
            .update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
            .digest('hex')
        : value,
    ]),
  )

const run = (images: Observable<ImageBatch>, model: Classifier | ModelReference, options: AttackOptions) =>
  lastValueFrom(images.pipe(attack(model, options), toArray()))

t.test('the same bits, however many threads', async (t) => {
  await useBackend()
  const model = await loadClassifier(MODEL)
  t.teardown(() => model.dispose())
  const images = (batchSize: number, limit = 150) => mnist('test', { limit, batchSize })
  const here = await run(images(50), model, { workers: 0 })
  const expected = here.map(bits)
  t.equal(threadsRunning(), false, 'no threads for this one')
  const few = await run(images(50), model, {})
  t.same(few.map(bits), expected, 'the first in this thread, the others in the default ones')
  t.equal(threadsRunning(), true)
  const some = bits(joined(await run(images(40, 40), model, { workers: 0 })))
  for (const [workers, size, batchSize] of [
    [1, 40, 256],
    [2, 1, 24],
    [2, 25, 30],
    [3, 40, 13],
  ]) {
    const rows = await run(images(size, 40), model, { workers, batchSize })
    t.same(
      rows.map(({ index }) => index.length),
      await lastValueFrom(
        images(size, 40).pipe(
          map(({ index }) => index.length),
          toArray(),
        ),
      ),
      'a batch for each',
    )
    t.same(bits(joined(rows)), some, `${workers} threads, batches of ${size}, ${batchSize} searches at once`)
  }
  const reference = await modelReference(MODEL)
  t.same((await run(images(50), reference, {})).map(bits), expected, 'a model that this thread did not load')
  const tensors = tf.memory().numTensors
  t.same((await run(images(50), reference, { workers: 0 })).map(bits), expected, 'or does only for this')
  t.equal(tf.memory().numTensors, tensors)
  const goals: AttackOptions[] = [
    { goal: 'all' },
    { goal: 'untargeted' },
    { cases: [3, 4].map((index) => ({ index, target: 1 })) },
  ]
  for (const options of goals) {
    const six = images(6, 6)
    const [one, two] = [
      await run(six, model, { ...options, workers: 0 }),
      await run(six, model, { ...options, workers: 2 }),
    ]
    t.same(two.map(bits), one.map(bits), JSON.stringify(options))
  }
})

t.test('DeepFool and DDN are of the same family: threads, models on disk, options', async (t) => {
  await useBackend()
  const model = await loadClassifier(MODEL)
  t.teardown(() => model.dispose())
  const reference = await modelReference(MODEL)
  const images = (batchSize: number, limit = 16) => mnist('test', { limit, batchSize })
  const family = {
    deepfool: (one: Classifier | ModelReference, options: CommonAttackOptions) => deepFool(one, options),
    ddn: (one: Classifier | ModelReference, options: CommonAttackOptions) =>
      decoupledDirectionNorm(one, { ...options, iterations: 10 }),
  }
  for (const [method, by] of Object.entries(family)) {
    const runBy = (size: number, one: Classifier | ModelReference, options: CommonAttackOptions) =>
      lastValueFrom(images(size).pipe(by(one, options), toArray()))
    const here = await runBy(16, model, { workers: 0 })
    t.match(here, [{ method, ...(method === 'ddn' && { options: 'iterations=10' }) }])
    for (const [workers, size, batchSize] of [
      [2, 16, 256],
      [2, 7, 5],
      [1, 1, 3],
    ]) {
      let told: AttackStats | undefined
      const onStats = (stats: AttackStats) => (told = stats)
      const rows = await runBy(size, size === 7 ? reference : model, { workers, batchSize, onStats })
      t.same(bits(joined(rows)), bits(here[0]), `${method}: ${workers} threads, batches of ${size}`)
      const evaluations = rows.reduce((sum, batch) => batch.evaluations.reduce((a, b) => a + b, sum), 0)
      t.equal(told?.evaluations, evaluations, 'the stats count what the rows do')
      t.ok(told && told.slots >= told.evaluations && told.seconds.network > 0)
    }
    t.same((await runBy(16, reference, { workers: 0 })).map(bits), here.map(bits), `${method}: from disk`)
    for (const goal of ['all'] as const) {
      const [one, two] = [
        await runBy(9, model, { goal, workers: 0 }),
        await runBy(9, model, { goal, workers: 2 }),
      ]
      t.same(two.map(bits), one.map(bits), `${method}, ${goal}`)
    }
  }
  const own: Classifier = { ...model }
  for (const [name, by] of Object.entries({ attack, deepFool, decoupledDirectionNorm, searchPath })) {
    const plain = by as (one: Classifier, options: object) => unknown
    t.throws(() => plain(model, { gaol: 'random' }), {
      code: 'bad-option',
      message: new RegExp(`^${name}: there is no option gaol; expected one of goal, target, cases, `),
    })
    t.throws(() => plain(model, []), { code: 'bad-option', message: /expected an object of options/ })
    t.throws(() => plain(model, { batchSize: 0 }), { message: new RegExp(`^${name}: batchSize: expected`) })
    if (name === 'searchPath') continue
    t.throws(() => plain(model, { workers: -1 }), { message: new RegExp(`^${name}: workers: expected`) })
    t.throws(() => plain(own, { workers: 2 }), { message: new RegExp(`^${name}: workers: expected 0 for`) })
  }
})

t.test('batches that lost some or all of their images on the way', async (t) => {
  await useBackend()
  const model = await loadClassifier(MODEL)
  t.teardown(() => model.dispose())
  const threes = (batch: ImageBatch): ImageBatch => {
    const rows = [...batch.label.keys()].filter((row) => batch.label[row] === 3)
    const size = batch.pixels.length / batch.label.length
    return {
      ...batch,
      index: Int32Array.from(rows, (row) => batch.index[row]),
      label: Int32Array.from(rows, () => 3),
      pixels: Float32Array.from(
        rows.flatMap((row) => [...batch.pixels.subarray(row * size, (row + 1) * size)]),
      ),
    }
  }
  const all = await run(mnist('test', { limit: 60, batchSize: 60 }).pipe(map(threes)), model, { workers: 0 })
  for (const workers of [0, 2]) {
    const images = mnist('test', { limit: 60, batchSize: 5 }).pipe(map(threes))
    const rows = await run(images, model, { workers })
    t.equal(rows.length, 12, 'a batch for each')
    t.ok(rows.some(({ index }) => index.length === 0))
    t.same(bits(joined(rows)), bits(joined(all)), `${workers} threads`)
  }
  for (const rival of [deepFool(model), decoupledDirectionNorm(model)]) {
    const images = mnist('test', { limit: 10, batchSize: 1 }).pipe(map(threes))
    const rows = await lastValueFrom(images.pipe(rival, toArray()))
    t.same(
      rows.map(({ index }) => index.length),
      (await lastValueFrom(images.pipe(toArray()))).map(({ index }) => index.length),
    )
  }
})

t.test('unsubscribing stops the source and the threads', async (t) => {
  const model = await modelReference(MODEL)
  let read = 0
  const images = mnist('test', { batchSize: 8 }).pipe(tap(() => read++))
  await firstValueFrom(images.pipe(attack(model, { workers: 2, batchSize: 32 })))
  const atOnce = read
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.ok(atOnce < 200 && read === atOnce, `${read} of 1,250 batches were read`)
  t.same(
    attackThreads(2).map(({ busy }) => busy),
    [0, 0],
  )
})

t.test('errors come once, with their code', async (t) => {
  const model = await modelReference(MODEL)
  const options = { workers: 2 }
  const images = mnist('test', { limit: 500, batchSize: 100 })
  const scaled = images.pipe(
    map((batch) => (batch.index[0] === 200 ? { ...batch, pixels: batch.pixels.map((x) => 255 * x) } : batch)),
  )
  await t.rejects(run(scaled, model, options), {
    name: 'BlindspotError',
    code: 'bad-data',
    message: /test 2\d\d: expected pixels/,
  })

  const folder = t.testdir()
  cpSync(MODEL, folder, { recursive: true })
  const changed = await modelReference(folder)
  const weights = readFileSync(join(folder, weightsOf(folder)))
  weights.writeFloatLE(0.5, 0)
  writeFileSync(join(folder, weightsOf(folder)), weights)
  for (const workers of [0, 2]) {
    await t.rejects(run(images, changed, { workers }), { code: 'bad-model', message: /changed/ })
  }

  const [thread] = attackThreads(1)
  const dying = run(images, model, options)
  setTimeout(() => void thread.worker.terminate(), 20)
  await t.rejects(dying, { message: /ended early/ })
  const rows = await run(images.pipe(rebatch(64)), model, options)
  t.equal(joined(rows).index.length, 500, 'the next attack has a new thread')

  const own = await loadClassifier(MODEL)
  t.teardown(() => own.dispose())
  t.throws(() => attack({ ...own }, { workers: 1 }), { code: 'bad-option', message: /workers: expected 0/ })
  t.throws(() => attack(model, { workers: -1 }), { code: 'bad-option', message: /workers/ })
})

const weightsOf = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as { weightsManifest: { paths: string[] }[] })
    .weightsManifest[0].paths[0]
