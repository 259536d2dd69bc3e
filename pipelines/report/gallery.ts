import { lastValueFrom, of } from 'rxjs'
import { gaussianNoise } from '../../operators/gaussianNoise.js'
import type { ImageShape } from '../../operators/records/image.js'
import { dataUri } from '../../sinks/report/dataUri.js'
import type { ImageSet, ReportImage } from '../../sinks/report/content.js'
import type { Database } from '../../sources/duckdb.js'
import { proportion } from '../statistics.js'
import { inOrder, type Measured } from './measured.js'
import {
  imagesOf,
  NOISY,
  noisyPredictions,
  shownExamples,
  type NoisyPredictionRow,
  type NoisyRow,
  type PixelsRow,
  type ShownRow,
} from './queries.js'

/** Images shown of an attack, and of those that failed or were skipped; fewer where images are large. */
const MOST = 48
const OTHERS = 12
/** Pixel values of all images shown: what a page of some megabytes holds. */
const BUDGET = 4e6
const AIMS: Readonly<Record<string, string>> = {
  random: 'random targets',
  all: 'all targets',
  untargeted: 'untargeted',
  'runner-up': 'runner-up as target',
  'least-likely': 'least likely class as target',
  target: 'one target',
  cases: 'given targets',
}
/** RMS of the perturbations shown alone, of which mid-grey leaves room for 0.5. */
const MAGNIFIED = 0.12

interface Pixels {
  readonly original: Float32Array
  readonly adversarial: Float32Array | undefined
}

/** What is shown of a data set's images: of each attack some of every status, and the same under Gaussian noise. */
export async function gallery(
  database: Database,
  measured: Measured,
  { shape, seed }: { readonly shape: ImageShape; readonly seed: number },
): Promise<readonly ImageSet[]> {
  const { attacks } = measured
  if (attacks.length === 0) return []
  const values = shape[0] * shape[1] * shape[2]
  const room = Math.max(1, Math.floor(BUDGET / (values * 3 * attacks.length)))
  const shown = await database.rows<ShownRow>(shownExamples(Math.min(MOST, room), Math.min(OTHERS, room)))
  const pixels = new Map<string, Pixels>()
  const images = await database.rows<PixelsRow>(imagesOf(shown))
  for (const { filename, file_row_number: row, original, adversarial } of images) {
    pixels.set(`${filename} ${row}`, {
      original: Float32Array.from(original),
      adversarial: adversarial === null ? undefined : Float32Array.from(adversarial),
    })
  }
  const of = (row: ShownRow) => pixels.get(`${row.filename} ${row.file_row_number}`)
  const sets = inOrder(attacks.map(({ source_model: model }) => model)).flatMap((model) =>
    attacks
      .filter(({ source_model: source }) => source === model)
      .map((attack): ImageSet => {
        const { dataset, split, method, goal, successes, attacked, distortion } = attack
        const rows = shown.filter(
          (row) =>
            row.source_model === model &&
            row.dataset === dataset &&
            row.split === split &&
            row.method === method &&
            row.goal === goal,
        )
        const change = [AIMS[goal] ?? goal, ...(method === 'l-bfgs' ? [] : [method])].join(', ')
        const accuracy =
          attacked === 0 ? 'none attacked' : `accuracy ${(100 * (1 - successes / attacked)).toFixed(1)} %`
        const size = distortion.n === 0 ? '' : `, average distortion ${distortion.value.toFixed(4)}`
        return {
          model,
          change: `adversarial, ${change}`,
          title: `${model}: ${change}, ${dataset} ${split}${size}, ${accuracy} (N ${attacked})`,
          ...drawn(
            rows.map((row) => ({
              index: row.index,
              label: row.label,
              status: row.status,
              reason: row.reason === 'none' ? undefined : row.reason,
              target: row.target ?? undefined,
              before: row.prediction ?? undefined,
              after: row.adversarial_prediction ?? undefined,
              distortion: row.distortion ?? undefined,
              original: of(row)?.original ?? new Float32Array(values),
              changed: row.status === 'success' ? of(row)?.adversarial : undefined,
            })),
            shape,
          ),
        }
      }),
  )
  return [...sets, ...(await noisy(database, shown, of, shape, seed))]
}

/** A row with its pixels. */
interface Row extends Omit<ReportImage, 'original' | 'changed' | 'perturbation'> {
  readonly original: Float32Array
  readonly changed: Float32Array | undefined
}

/** The pictures of some rows; their perturbations are magnified alike, to an average RMS that the eye tells from grey. */
function drawn(rows: readonly Row[], shape: ImageShape): Pick<ImageSet, 'gain' | 'images'> {
  const sizes = rows.flatMap(({ distortion }) => distortion ?? [])
  const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
  const gain = average > 0 ? Number((MAGNIFIED / average).toPrecision(2)) : 1
  const images = rows.map(({ original, changed, ...row }) => ({
    ...row,
    original: dataUri(original, shape),
    ...(changed && {
      changed: dataUri(changed, shape),
      perturbation: dataUri(
        changed.map((value, i) => 0.5 + gain * (value - original[i])),
        shape,
      ),
    }),
  }))
  return { gain, images }
}

/** The digits under the noise that `gaussianNoise` gives them, and what each network takes them for. */
async function noisy(
  database: Database,
  shown: readonly ShownRow[],
  pixelsOf: (row: ShownRow) => Pixels | undefined,
  shape: ImageShape,
  seed: number,
): Promise<readonly ImageSet[]> {
  const originals = new Map(shown.map((row) => [`${row.dataset} ${row.split} ${row.index}`, row]))
  const indices = [...new Set(shown.map(({ index }) => index))].sort((a, b) => a - b)
  const predicted = await database.rows<NoisyPredictionRow>(noisyPredictions(indices))
  const scored = await database.rows<NoisyRow>(NOISY)
  const order = inOrder(scored.map(({ model }) => model))
  const sets: ImageSet[] = []
  for (const { model, dataset, split, stddev, n, correct } of [...scored].sort(
    (a, b) => order.indexOf(a.model) - order.indexOf(b.model),
  )) {
    const own = predicted
      .filter((row) => row.model === model && row.dataset === dataset && row.split === split)
      .sort((a, b) => a.index - b.index)
    const rows: Row[] = []
    for (const { index, prediction, error, clean_error } of own.slice(0, MOST)) {
      const row = originals.get(`${dataset} ${split} ${index}`)
      const original = row && pixelsOf(row)?.original
      if (!original) continue
      const sample = { index: Int32Array.of(index), label: Int32Array.of(row.label) }
      const image = { dataset, split, shape, ...sample, pixels: original }
      const { pixels } = await lastValueFrom(of(image).pipe(gaussianNoise(stddev, { seed })))
      const status = error ? 'wrong' : 'right'
      const before = clean_error ? undefined : row.label
      const facts = { index, label: row.label, status, before, after: prediction, distortion: stddev }
      rows.push({ ...facts, original, changed: pixels })
    }
    const { value, low, high } = proportion(correct, n)
    const percent = (share: number) => (100 * share).toFixed(1)
    sets.push({
      model,
      change: `Gaussian noise, stddev ${stddev}`,
      title:
        `${model}: Gaussian noise of stddev ${stddev} (shown clipped), ${dataset} ${split}, ` +
        `accuracy ${percent(value)} % [${percent(low)}, ${percent(high)}] (N ${n})`,
      ...drawn(rows, shape),
    })
  }
  return sets
}
