import { takeWhile } from 'rxjs'
import { type Classifier, predictions } from '../operators/classifier.js'
import type { ImageBatch } from '../operators/records/image.js'
import { parseSource } from '../sources/source.js'

/** The first `limit` images of a SOURCE that a network gets right, after `skip` such ones, in memory; fewer where there are no more. */
export async function correctImages(
  classifier: Classifier,
  data: string,
  limit: number,
  skip = 0,
): Promise<ImageBatch[]> {
  const kept: ImageBatch[] = []
  let count = 0
  let passed = 0
  const batches = parseSource(data)
    .open({ framing: classifier.framing })
    .pipe(takeWhile(() => count < limit))
  await batches.forEach((batch) => {
    const { index, label, pixels } = batch
    const predicted = predictions(classifier.logits(pixels), classifier.classes)
    const right = [...index.keys()].filter((row) => predicted[row] === label[row])
    const correct = right.slice(Math.max(0, skip - passed)).slice(0, limit - count)
    passed += right.length
    count += correct.length
    const size = pixels.length / index.length
    const chosen = new Float32Array(correct.length * size)
    correct.forEach((row, to) => chosen.set(pixels.subarray(row * size, (row + 1) * size), to * size))
    kept.push({
      ...batch,
      index: Int32Array.from(correct, (row) => index[row]),
      label: Int32Array.from(correct, (row) => label[row]),
      pixels: chosen,
    })
  })
  return kept.filter(({ index }) => index.length > 0)
}

/** [n × values] pixels of the first n images. */
export function firstPixels(images: readonly ImageBatch[], n: number): Float32Array {
  const size = images[0].pixels.length / images[0].index.length
  const pixels = new Float32Array(n * size)
  let at = 0
  for (const batch of images) {
    const part = batch.pixels.subarray(0, pixels.length - at)
    pixels.set(part, at)
    at += part.length
  }
  return pixels
}
