import { readFileSync } from 'node:fs'
import { map } from 'rxjs'
import type { ImageBatch } from '../../operators/records/image.js'
import { mnist } from '../../sources/mnist.js'
import { shared, type Shared } from '../shared.js'

/** What scipy's float64 L-BFGS-B found for an image of MNIST's test split and a wrong target. */
export interface Optimum {
  readonly index: number
  /** What the network sees. */
  readonly label: number
  readonly target: number
  /** RMS of the nearest example. */
  readonly distortion: number
  /** That it was found with. */
  readonly c: number
}

/** Networks that come with the repository: normally distributed weights, and a trained one of 48 sigmoid units. */
export const FIXTURES = ['linear', 'FC48-10'] as const
export const fixture = (name: (typeof FIXTURES)[number]) => `test/fixtures/${name}`

/** Of a folder that `test/fixtures/optima.py` made. */
export function optimaIn(folder: string): Optimum[] {
  const [, ...lines] = readFileSync(`${folder}/optima.csv`, 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [index, label, target, distortion, c] = line.split(',').map(Number)
    return { index, label, target, distortion, c }
  })
}

/** Two larger networks with 64 optima each, which do not. */
export const REFERENCES = ['FC10_1e-2', 'FC100-100-10'] as const
export const reference = (name: (typeof REFERENCES)[number]): Shared => shared(`reference/${name}`)

/** Of a reference's folder, and beside them the RMS of the least perturbation that there is. */
export function referenceOptima(folder: string): (Optimum & { readonly least: number })[] {
  const { expected } = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as {
    expected: Record<'index' | 'label' | 'target' | 'scipyDistortion' | 'scipyC' | 'trueMinNorm', number[]>
  }
  return expected.index.map((index, row) => ({
    ...{ index, label: expected.label[row], target: expected.target[row] },
    ...{
      distortion: expected.scipyDistortion[row],
      c: expected.scipyC[row],
      least: expected.trueMinNorm[row],
    },
  }))
}

/** The first 100 images of the test split, those of the optima with the label that the network sees. */
export function imagesFor(optima: readonly Optimum[]) {
  const labels = new Map(optima.map(({ index, label }) => [index, label]))
  return mnist('test', { limit: 100 }).pipe(
    map((batch): ImageBatch => ({
      ...batch,
      label: batch.label.map((label, row) => labels.get(batch.index[row]) ?? label),
    })),
  )
}

export const casesOf = (optima: readonly Optimum[]) => optima.map(({ index, target }) => ({ index, target }))
