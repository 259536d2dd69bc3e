import { BlindspotError } from '../../operators/errors.js'
import type { ImageShape } from '../../operators/records/image.js'
import type { ImageSet } from '../../sinks/report/content.js'
import type { Database } from '../../sources/duckdb.js'
import { alike, type Attack, type Measured } from '../tables/measured.js'
import { noisySets } from './noisySets.js'
import { canShow, pictures, type Pixels } from './pictures.js'
import type { Origin } from './provenance.js'
import { count, percent } from '../tables/words.js'
import { imagesOf, shownExamples, type PixelsRow, type ShownRow } from '../tables/queries.js'

/** Images shown of an attack, and of those that failed or were skipped; fewer where images are large. */
const MOST = 48
const OTHERS = 12
/** Attacks that images are shown of. */
const MOST_ATTACKS = 100
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

/** What is shown of a data set's images: of each attack some of every status, and the same under Gaussian noise. */
export async function gallery(
  database: Database,
  { attacks }: Measured,
  { shapes, seed }: Origin,
): Promise<readonly ImageSet[]> {
  const first = attacks.slice(0, MOST_ATTACKS)
  if (first.length === 0) return []
  const largest = [...shapes.values()].reduce((most, [h, w, c]) => Math.max(most, h * w * c), 1)
  const room = Math.max(1, Math.floor(BUDGET / (largest * 3 * first.length)))
  const runs = new Set(first.map(({ run, source_model: model }) => `${run} ${model}`))
  const rows = await database.rows<ShownRow>(shownExamples(Math.min(MOST, room), Math.min(OTHERS, room)))
  const shown = rows.filter(({ run, source_model: model }) => runs.has(`${run} ${model}`))
  const pixelsOf = await readPixels(database, shown, shapes)
  const sets = first.map((attack) => setOf(attack, shown, pixelsOf))
  return [...sets, ...(await noisySets(database, shown, pixelsOf, { seed, most: MOST }))].filter(
    ({ images }) => images.length > 0,
  )
}

/** The pixels of rows; none of a row whose file does not say of what shape, or of one that cannot be shown. */
async function readPixels(
  database: Database,
  shown: readonly ShownRow[],
  shapes: ReadonlyMap<string, ImageShape>,
): Promise<(row: ShownRow) => Pixels | undefined> {
  const pixels = new Map<string, Pixels>()
  const success = new Set(
    shown
      .filter(({ status }) => status === 'success')
      .map(({ filename, file_row_number: row }) => `${filename} ${row}`),
  )
  const images = shown.length === 0 ? [] : await database.rows<PixelsRow>(imagesOf(shown))
  for (const { filename, file_row_number: row, original, adversarial } of images) {
    requireImages(filename, row, original, adversarial, success.has(`${filename} ${row}`))
    const shape = shapes.get(filename)
    if (!shape || !canShow(shape) || original.length !== shape[0] * shape[1] * shape[2]) continue
    pixels.set(`${filename} ${row}`, {
      shape,
      original: Float32Array.from(original),
      changed: adversarial?.length === original.length ? Float32Array.from(adversarial) : undefined,
    })
  }
  return ({ filename, file_row_number: row }) => pixels.get(`${filename} ${row}`)
}

/** The check of `readRecords` that is too much for whole columns. */
function requireImages(
  filename: string,
  row: number,
  original: readonly (number | null)[],
  adversarial: readonly (number | null)[] | null,
  isSuccess: boolean,
): void {
  const refuse = (column: string, expected: string) =>
    new BlindspotError('bad-data', `${filename}: column ${column}, row ${row}: expected ${expected}`)
  if (isSuccess !== (adversarial !== null))
    throw refuse('adversarial', 'an image of a success, and null of others')
  if (adversarial === null) return
  if (adversarial.length !== original.length)
    throw refuse('adversarial', `${original.length} values as in the original, got ${adversarial.length}`)
  for (const [column, image] of Object.entries({ original, adversarial })) {
    const odd = image.find((value) => value === null || !Number.isFinite(value))
    if (odd !== undefined) throw refuse(column, `finite values, got ${String(odd)}`)
  }
}

function setOf(
  attack: Attack,
  shown: readonly ShownRow[],
  pixelsOf: (row: ShownRow) => Pixels | undefined,
): ImageSet {
  const {
    source_model: model,
    dataset,
    split,
    method,
    goal,
    successes,
    attacked,
    images,
    distortion,
  } = attack
  const rows = shown.flatMap((row) => {
    const pixels = pixelsOf(row)
    if (row.run !== attack.run || !alike(row, attack) || !pixels) return []
    const facts = {
      index: row.index,
      label: row.label,
      status: row.status,
      reason: row.reason === 'none' ? undefined : row.reason,
      target: row.target ?? undefined,
      before: row.prediction ?? undefined,
      after: row.adversarial_prediction ?? undefined,
      distortion: Number.isFinite(row.distortion) ? (row.distortion ?? undefined) : undefined,
    }
    return [{ ...facts, pixels: row.status === 'success' ? pixels : { ...pixels, changed: undefined } }]
  })
  const change = [AIMS[goal] ?? goal, ...(method === 'l-bfgs' ? [] : [method])].join(', ')
  const accuracy = attacked === 0 ? 'none attacked' : `accuracy ${percent(1 - successes / attacked, 1)} %`
  const size = distortion.n === 0 ? '' : `, average distortion ${distortion.value.toFixed(4)}`
  return {
    model,
    change: `adversarial, ${change}`,
    title: `${model}: ${change}, ${dataset} ${split}${size}, ${accuracy} (N ${count(images)})`,
    ...pictures(rows),
  }
}
