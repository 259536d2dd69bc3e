/** One example per operator of the public interface; a test runs them all. */
import { lastValueFrom, map, Observable, of, take, tap, toArray } from 'rxjs'
import {
  activations,
  amplify,
  asyncOperator,
  attack,
  batch,
  cifar,
  clean,
  coherence,
  consume,
  decoupledDirectionNorm,
  deepFool,
  emit,
  emnist,
  evaluate,
  gaussianNoise,
  hold,
  imageFolder,
  imagenet,
  imagesOf,
  mapConcurrent,
  mnist,
  npz,
  predictedLabels,
  prefetch,
  progress,
  pull,
  rank,
  recode,
  score,
  searchPath,
  selectRows,
  stream,
  takeRows,
  train,
  type Classifier,
  type ImageBatch,
  type ImageEncoding,
} from 'blindspot'

/** Trains a softmax on 1,000 images and gives the model. */
export async function trainExample(): Promise<Classifier> {
  const last = await lastValueFrom(
    mnist('train', { limit: 1000 }).pipe(train('FC10(1e-2)', { iterations: 20 })),
  )
  if (last.kind !== 'model') throw new Error('a training ends with its model')
  return last.classifier
}

/** Classes of the photographs at a path, such as ILSVRC's folders, as 227 × 227 inputs, and those that cannot be read. */
export async function imagenetExample(path: string) {
  const batches = await lastValueFrom(imagenet(path, { size: 227, limit: 100 }).pipe(toArray()))
  return {
    labels: batches.flatMap(({ label }) => [...label]),
    unreadable: batches.flatMap(({ unreadable = [] }) => unreadable.map(({ path }) => path)),
  }
}

/** Trains a network on images in memory, of which bytes are 0 to 255, and gives its error on them. */
export async function imagesOfExample(): Promise<number> {
  const labels = Array.from({ length: 60 }, (_, i) => i % 3)
  // a bright column, left, in the middle or right
  const pixels = labels.map((label) =>
    Uint8Array.from({ length: 36 }, (_, at) => ((at % 6) >> 1 === label ? 230 : 20)),
  )
  const images = imagesOf({ pixels, labels, shape: [6, 6, 1] }, { dataset: 'columns' })
  const last = await lastValueFrom(images.pipe(train('FC3', { iterations: 20 })))
  if (last.kind !== 'model') throw new Error('a training ends with its model')
  const { error } = await lastValueFrom(images.pipe(evaluate(last.classifier)))
  last.classifier.dispose()
  return error
}

/** Images of one’s own by their kind: NumPy's arrays, CIFAR, EMNIST as they are published, a folder of images for each class. */
export const ownImagesExample = (path: string) => ({
  npz: npz(`${path}/mnist.npz`, { split: 'test' }),
  cifar: cifar(`${path}/cifar-10-binary.tar.gz`, { split: 'test', limit: 1000 }),
  emnist: emnist(`${path}/gzip.zip`, { set: 'letters', split: 'train', shuffle: 1 }),
  folder: imageFolder(`${path}/letters`, { split: 'train', size: 32, channels: 1 }),
})

/** Indices of the first threes and fives, which later operators see alone. */
export async function selectRowsExample(): Promise<number[]> {
  const batches = await lastValueFrom(
    mnist('test', { limit: 100 }).pipe(
      selectRows(({ label }) => label === 3 || label === 5),
      toArray(),
    ),
  )
  return batches.flatMap(({ index }) => [...index])
}

/** Labels of the first 20 images of MNIST that are no zero: the stream ends with the twentieth. */
export async function takeRowsExample(): Promise<number[]> {
  const batches = await lastValueFrom(
    mnist('test').pipe(
      selectRows(({ label }) => label > 0),
      takeRows(20),
      toArray(),
    ),
  )
  return batches.flatMap(({ label }) => [...label])
}

/** Distortions of the examples for photographs without classes: each is right to be what the model takes it for. */
export async function predictedLabelsExample(model: Classifier): Promise<number[]> {
  const batches = await lastValueFrom(
    mnist('test', { limit: 16 }).pipe(predictedLabels(model), attack(model), toArray()),
  )
  return batches.flatMap(({ distortion }) => [...distortion])
}

/** The error rate on 1,000 test images. */
export async function evaluateExample(model: Classifier): Promise<number> {
  const { error } = await lastValueFrom(mnist('test', { limit: 1000 }).pipe(evaluate(model)))
  return error
}

/** Distortions of the examples for 16 images, a random wrong class each. */
export async function attackExample(model: Classifier): Promise<number[]> {
  const batches = await lastValueFrom(
    mnist('test', { limit: 16 }).pipe(attack(model, { goal: 'random' }), toArray()),
  )
  return batches.flatMap(({ distortion }) => [...distortion]).filter((rms) => !Number.isNaN(rms))
}

/** Distortion at each c that the search for the first image tries, and whether it fools. */
export async function searchPathExample(model: Classifier) {
  const steps = await lastValueFrom(mnist('test', { limit: 1 }).pipe(searchPath(model, { target: 3 })))
  return steps.map(({ c, distortion, fooled }) => ({ c, distortion, fooled }))
}

/** Distortions of the same images' nearest examples by DeepFool, which are references for `attack`. */
export async function deepFoolExample(model: Classifier): Promise<number[]> {
  const batches = await lastValueFrom(mnist('test', { limit: 16 }).pipe(deepFool(model), toArray()))
  return batches.flatMap(({ distortion }) => [...distortion]).filter((rms) => !Number.isNaN(rms))
}

/** The same by DDN. */
export async function decoupledDirectionNormExample(model: Classifier): Promise<number[]> {
  const batches = await lastValueFrom(
    mnist('test', { limit: 16 }).pipe(decoupledDirectionNorm(model, { goal: 'untargeted' }), toArray()),
  )
  return batches.flatMap(({ distortion }) => [...distortion]).filter((rms) => !Number.isNaN(rms))
}

/** Errors on examples amplified to an RMS of 0.1. */
export async function amplifyExample(model: Classifier): Promise<number> {
  const images = mnist('test', { limit: 16 })
  const scores = await lastValueFrom(images.pipe(attack(model), amplify(0.1), score([model])))
  return scores.error.reduce((sum, one) => sum + one, 0)
}

/** How many of the examples for 16 images still fool after being stored as PNG, and as JPEG. */
export async function recodeExample(model: Classifier): Promise<{ png: number; jpeg: number }> {
  const examples = await lastValueFrom(mnist('test', { limit: 16 }).pipe(attack(model)))
  const fooled = async (encoding: ImageEncoding) => {
    const scores = await lastValueFrom(of(examples).pipe(recode(encoding), score([model])))
    return scores.error.reduce((sum, one) => sum + one, 0)
  }
  return { png: await fooled({ kind: 'png' }), jpeg: await fooled({ kind: 'jpeg', quality: 75 }) }
}

/** Errors under Gaussian noise of standard deviation 0.3. */
export async function gaussianNoiseExample(model: Classifier): Promise<number> {
  const images = mnist('test', { limit: 256 })
  const scores = await lastValueFrom(images.pipe(gaussianNoise(0.3, { clip: true }), score([model])))
  return scores.error.reduce((sum, one) => sum + one, 0)
}

/** Scores of clean images. */
export async function scoreExample(model: Classifier): Promise<number> {
  const scores = await lastValueFrom(mnist('test', { limit: 256 }).pipe(map(clean), score([model])))
  return scores.error.reduce((sum, one) => sum + one, 0)
}

/** φ(x) of 100 images: the logits, a unit per class. */
export async function activationsExample(model: Classifier): Promise<number> {
  const images = mnist('test', { limit: 100 })
  const { values } = await lastValueFrom(images.pipe(activations(model, 'logits')))
  return values.length / 100
}

/** The images of 1,000 that come first along each unit and along each of as many random directions. */
export async function rankExample(model: Classifier) {
  const ranks = mnist('test', { limit: 1000 }).pipe(
    activations(model, 'logits'),
    rank({ basis: ['unit', 'rotation'], top: 8, control: false }),
    toArray(),
  )
  return (await lastValueFrom(ranks)).map(({ basis, rank: place, index }) => ({
    basis,
    first: index.filter((_, row) => place[row] === 1),
  }))
}

/** How pure the labels of the first 8 are along units, and along random directions. */
export async function coherenceExample(model: Classifier): Promise<number[]> {
  const rows = mnist('test', { limit: 1000 }).pipe(
    activations(model, 'logits'),
    rank({ basis: ['unit', 'rotation'], top: 8 }),
    coherence({ k: [8] }),
    map((directions) => directions.filter(({ end }) => end === 'top')),
    map((top) => top.reduce((sum, { purity }) => sum + purity, 0) / top.length),
    toArray(),
  )
  return lastValueFrom(rows)
}

/** Batches of another size. */
export async function batchExample(): Promise<number[]> {
  const batches = mnist('test', { limit: 100, batchSize: 64 }).pipe(batch(30), toArray())
  return (await lastValueFrom(batches)).map(({ index }) => index.length)
}

/** Three at a time, results in order, the source held back while none is free. */
export async function mapConcurrentExample(): Promise<number[]> {
  const numbers = of(3, 1, 2).pipe(
    mapConcurrent((n) => new Promise<number>((resolve) => setTimeout(resolve, n, n * n)), { concurrency: 3 }),
  )
  return lastValueFrom(numbers.pipe(toArray()))
}

/** Reads two batches ahead while the model works. */
export async function prefetchExample(model: Classifier): Promise<number> {
  const { errors } = await lastValueFrom(mnist('test', { limit: 1000 }).pipe(prefetch(2), evaluate(model)))
  return errors
}

/** Counts images as they pass. */
export async function progressExample(): Promise<number> {
  let done = 0
  const counted = mnist('test', { limit: 300 }).pipe(
    progress<ImageBatch>({
      label: 'read',
      unit: 'images',
      total: 300,
      count: ({ index }) => index.length,
      onProgress: (state) => (done = state.done),
    }),
  )
  await lastValueFrom(counted)
  return done
}

/** A source of one's own that stops when nobody listens. */
export function countdown(from: number): Observable<number> {
  return stream(async function* (signal) {
    for (let n = from; n > 0 && !signal.aborted; n--) yield await Promise.resolve(n)
  })
}

/** An Observable as a loop, held back while the loop is busy. */
export async function pullExample(): Promise<number> {
  let sum = 0
  for await (const n of pull(countdown(4))) sum += n
  return sum
}

/** A sink: one write at a time. */
export async function consumeExample(): Promise<number[]> {
  const written: number[] = []
  await consume(countdown(5).pipe(take(3)), (n) => void written.push(n))
  return written
}

/** An operator of one's own: pulls its input, emits its output, holds the source back in between. */
export async function asyncOperatorExample(): Promise<number[]> {
  const doubled = asyncOperator<number, number>(1, async (input, out) => {
    for await (const n of input) await out.emit(2 * n)
  })
  return lastValueFrom(countdown(3).pipe(doubled, toArray()))
}

/** The protocol below them: who emits waits for the holds that were taken meanwhile. */
export async function emitExample(): Promise<string[]> {
  const log: string[] = []
  const slow = (value: string) =>
    hold(new Promise((resolve) => setTimeout(resolve, 1)).then(() => log.push(value)))
  const source = new Observable<string>((subscriber) => {
    void emit(subscriber, 'first is written').then(() => {
      log.push('second is made')
      subscriber.complete()
    })
  })
  await lastValueFrom(source.pipe(tap(slow)))
  return log
}
