import { cpus } from 'node:os'
import { last, lastValueFrom } from 'rxjs'
import { evaluate } from '../operators/evaluate.js'
import { backendVersions, useBackend } from '../operators/tensor/backend.js'
import { tf } from '../operators/tensor/tf.js'
import { train } from '../operators/train.js'
import { mnist } from '../sources/mnist.js'

/**
 * Time and errors of the networks of Tables 1 and 4 on all of MNIST, beside the rate of the machine's matrix products.
 *
 *     [TF_NUM_INTRAOP_THREADS=N] node dist/bench/train.js [ARCH…] [epochs=N] [seed=N] [limit=N] [rate=R] [batch=N]
 */
const words = process.argv.slice(2)
const given = (name: string) => {
  const word = words.find((option) => option.startsWith(`${name}=`))
  return word === undefined ? undefined : Number(word.slice(name.length + 1))
}
const named = words.filter((word) => !word.includes('='))
const networks =
  named.length > 0
    ? named
    : 'FC10(1e-4) FC10(1e-2) FC10(1) FC100-100-10 FC200-200-10 AE400-10 FC123-456-10'.split(' ')
const [epochs, seed = 1, limit] = [given('epochs'), given('seed'), given('limit')]
const [learningRate, batchSize] = [given('rate'), given('batch')]

await useBackend()
console.log(
  `${cpus()[0].model}, ${cpus().length} cores; ${JSON.stringify(await backendVersions())}; seed ${seed}; products of 1024×1024: ${productRate().toFixed(0)} GFLOP/s`,
)
console.log('| network | method | epochs or iterations | s | CPU s | train error % | test error % | loss |')
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
for (const network of networks) {
  const before = process.cpuUsage()
  const images = mnist('train', limit === undefined ? {} : { limit })
  const options = { seed, epochs, learningRate, batchSize }
  const model = await lastValueFrom(images.pipe(train(network, options), last()))
  if (model.kind !== 'model') continue
  const { user, system } = process.cpuUsage(before)
  const { classifier, provenance } = model
  const { error } = await lastValueFrom(mnist('test').pipe(evaluate(classifier)))
  classifier.dispose()
  const { phases } = provenance.recipe
  const rounds = phases.map(({ phase }) => provenance.history.filter((event) => event.phase === phase).length)
  const cells = [
    provenance.architecture,
    phases.map(({ method }) => method).join(', '),
    rounds.join(', '),
    provenance.seconds.toFixed(1),
    ((user + system) / 1e6).toFixed(1),
    (100 * provenance.trainError).toFixed(3),
    (100 * error).toFixed(2),
    provenance.loss.toPrecision(4),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

/** Billions of operations a second in a product of two matrices, the best of ten. */
function productRate(): number {
  const side = 1024
  const [a, b] = [tf.randomUniform([side, side]), tf.randomUniform([side, side])]
  const seconds = Array.from({ length: 10 }, () => {
    const began = performance.now()
    const product = tf.matMul(a, b)
    product.dataSync()
    product.dispose()
    return (performance.now() - began) / 1000
  })
  tf.dispose([a, b])
  return (2 * side ** 3) / Math.min(...seconds) / 1e9
}
