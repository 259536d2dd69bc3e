import { lastValueFrom, of } from 'rxjs'
import { gaussianNoise } from '../../operators/gaussianNoise.js'
import { sampleKey } from '../../operators/records/image.js'
import type { ImageSet } from '../../sinks/report/content.js'
import type { Database } from '../../sources/duckdb.js'
import { rate } from '../tables/statistics.js'
import { byModel } from '../tables/measured.js'
import { pictures, type PictureRow, type Pixels } from './pictures.js'
import { count, percent } from '../tables/words.js'
import {
  NOISY,
  noisyPredictions,
  type NoisyPredictionRow,
  type NoisyRow,
  type ShownRow,
} from '../tables/queries.js'

/**
 * The images shown of attacks under the noise that `gaussianNoise` gives them, and what each network takes them for; its
 * accuracy is over all that were scored.
 *
 * @param options.seed of noise whose rows do not say it, as those of an earlier version
 * @param options.most images of a network
 */
export async function noisySets(
  database: Database,
  shown: readonly ShownRow[],
  pixelsOf: (row: ShownRow) => Pixels | undefined,
  { seed, most }: { readonly seed: number; readonly most: number },
): Promise<readonly ImageSet[]> {
  if (shown.length === 0) return []
  const originals = new Map(shown.map((row) => [sampleKey(row.dataset, row.split, row.index), row]))
  const indices = [...new Set(shown.map(({ index }) => index))].sort((a, b) => a - b)
  const predicted = await database.rows<NoisyPredictionRow>(noisyPredictions(indices))
  const scored = await database.rows<NoisyRow>(NOISY)
  const sets: ImageSet[] = []
  for (const noisy of byModel(scored, ({ model }) => model)) {
    const { run, model, dataset, split, stddev, clip, n, images, correct } = noisy
    const noise = gaussianNoise(stddev, { seed: noisy.seed ?? seed, clip })
    const own = predicted
      .filter((each) => each.run === run && each.model === model)
      .filter((each) => each.dataset === dataset && each.split === split)
      .filter(({ index }) => originals.has(sampleKey(dataset, split, index)))
      .sort((a, b) => a.index - b.index)
    const rows: PictureRow[] = []
    for (const { index, prediction, error, clean_error } of own.slice(0, most)) {
      const row = originals.get(sampleKey(dataset, split, index))
      const pixels = row && pixelsOf(row)
      if (!pixels) continue
      const { shape, original } = pixels
      const sample = { index: Int32Array.of(index), label: Int32Array.of(row.label) }
      const image = { dataset, split, shape, ...sample, pixels: original }
      const { pixels: changed } = await lastValueFrom(of(image).pipe(noise))
      rows.push({
        index,
        label: row.label,
        status: error ? 'wrong' : 'right',
        before: clean_error ? undefined : row.label,
        after: prediction,
        distortion: stddev,
        pixels: { shape, original, changed },
      })
    }
    const { value, low, high } = rate({ rows: n, images, count: correct })
    sets.push({
      model,
      change: `Gaussian noise, stddev ${stddev}`,
      title:
        `${model}: Gaussian noise of stddev ${stddev} (shown clipped), ${dataset} ${split}, ` +
        `accuracy ${percent(value, 1)} % [${percent(low, 1)}, ${percent(high, 1)}] (N ${count(images)})`,
      ...pictures(rows),
    })
  }
  return sets
}
