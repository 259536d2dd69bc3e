import { optionsApart } from './attackNames.js'
import { PUBLISHED_SAMPLE } from './published.js'
import { inOrder, largest, type Attack, type Measured } from './measured.js'
import type { ScoreRow } from './measured.js'

/** What was shown, and how each victim took it. */
export interface Shown {
  /** Name of the row. */
  readonly name: string
  /** The same without the options of the attack, as in the paper's table. */
  readonly key: string
  readonly source: string
  readonly kind: string
  /** Method, goal and options of the attack; those of one are alike. */
  readonly by: string
  /** Data set and split of the images. */
  readonly images: string
  /** RMS of the perturbation; for noise the standard deviation. */
  readonly distortion: number
  readonly victims: ReadonlyMap<string, ScoreRow>
  /** Whether pixels are cut to the box, and the perturbation so smaller than `distortion` says. */
  readonly clip: boolean
  /** Whether examples are amplified to an L2 norm, the formula as the paper writes it. */
  readonly literal: boolean
  /** Whether a victim was shown the same in several runs, of which the row has one. */
  readonly several: boolean
}

/** Percentages of the paper by what was shown, with its victims in their order and the images that they are of. */
export interface PublishedTable {
  readonly rows: ReadonlyMap<string, readonly number[]>
  readonly victims: readonly string[]
  readonly images: string
  /** Average distortion of each network's examples. */
  readonly distortions: ReadonlyMap<string, number>
}

/**
 * The rows of the scores of some victims: of examples, then amplified ones, then noise.
 *
 * @param usual data set and split of the paper's table, which its rows do not name
 */
export function shownTo(
  { scores, attacks }: Measured,
  isVictim: (model: string) => boolean,
  usual: string,
): readonly Shown[] {
  const options = new Map(attacks.map((attack) => [attack.run, attack.options]))
  const rows = scores
    .filter(({ model }) => isVictim(model))
    // files of an earlier version do not tell the options
    .map((row) => ({ ...row, options: row.options || (options.get(row.run) ?? '') }))
  const optionsOf = optionsApart(rows.filter(({ goal }) => goal !== ''))
  const groups = new Map<string, ScoreRow[]>()
  for (const row of rows) {
    const { source_model, kind, method, goal, options, stddev, clip, dataset, split } = row
    // files of an earlier version do not tell the method, which was this one
    const known = method === '' ? 'l-bfgs' : method
    const key = JSON.stringify([source_model, kind, known, goal, options, stddev, clip, dataset, split])
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const splits = new Set(rows.map(({ dataset, split }) => `${dataset} ${split}`))
  const shown = [...groups.values()].map((cells): Shown => {
    const { source_model: source, kind, goal, options: own, stddev, clip, dataset, split } = cells[0]
    const method = cells.find((cell) => cell.method !== '')?.method ?? ''
    const attack = largest(
      attacks.filter(
        (row) =>
          row.sourceModel === source &&
          (method === '' || row.method === method) &&
          row.goal === goal &&
          row.options === own &&
          row.dataset === dataset &&
          row.split === split,
      ),
    )
    const size =
      kind === 'amplified' && stddev !== null ? sizeOf(stddev, attack?.values ?? undefined) : undefined
    const name = [
      kind === 'gaussian' ? `gaussian ${stddev ?? '?'}` : source,
      ...(size === undefined ? [] : [size]),
      ...(clip ? ['clipped'] : []),
      ...(method === 'l-bfgs' || method === '' ? [] : [method]),
      ...(goal === 'random' || goal === '' ? [] : [goal]),
      ...(splits.size > 1 && `${dataset} ${split}` !== usual ? [`${dataset} ${split}`] : []),
    ]
    const apart = goal === '' ? [] : optionsOf(cells[0])
    return {
      name: [...name, ...apart].join(', '),
      key: name.join(', '),
      source,
      kind,
      by: [method, goal, own].join(' '),
      images: `${dataset} ${split}`,
      distortion: stddev ?? attack?.distortion.value ?? NaN,
      victims: new Map(
        [...cells]
          .sort((a, b) => preference(b, attack) - preference(a, attack))
          .toReversed()
          .map((cell) => [cell.model, cell]),
      ),
      clip,
      literal: size?.startsWith('L2') ?? false,
      several: new Set(cells.map(({ model }) => model)).size < cells.length,
    }
  })
  const order = inOrder(shown.map(({ source }) => source))
  const kinds = ['adversarial', 'amplified', 'gaussian']
  return shown.sort(
    (a, b) =>
      kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
      (a.kind === 'amplified' ? b.distortion - a.distortion : 0) ||
      order.indexOf(a.source) - order.indexOf(b.source) ||
      a.by.localeCompare(b.by, 'en', { numeric: true }) ||
      a.distortion - b.distortion,
  )
}

/**
 * Which of several runs of the same is taken, the one that has most of this: that of the attack which the tables are about,
 * or else the largest; of those alike the first.
 */
const preference = ({ run, images }: ScoreRow, attack: Attack | undefined) =>
  run !== '' && run === attack?.run ? Number.MAX_VALUE : images

/** Size of a perturbation in words: an RMS, or the L2 norm that it comes from of images of so many values. */
function sizeOf(rms: number, values = NaN): string {
  const round = (value: number) => Number(value.toPrecision(3))
  const l2 = rms * Math.sqrt(values)
  return Math.abs(rms - round(rms)) > 1e-12 && Math.abs(l2 - round(l2)) < 1e-12
    ? `L2 ${round(l2)}`
    : `RMS ${round(rms)}`
}

/** The paper's percentage of a cell; undefined where it has none of these images. */
export function paperOf(
  { rows, victims, images }: PublishedTable,
  { key, images: shown }: Shown,
  victim: string,
): number | undefined {
  const column = victims.indexOf(victim)
  return column < 0 || shown !== images ? undefined : rows.get(key)?.[column]
}

/** How many cells a table of the paper has. */
export const cellsOf = ({ rows, victims }: PublishedTable): number => rows.size * victims.length

/** The paper's table as if its 256 images were here; all of them, since it does not say which are right when clean. */
export function shownByPaper({ rows, victims, images, distortions }: PublishedTable): readonly Shown[] {
  return [...rows].map(([key, percentages]): Shown => {
    const [source, size] = key.split(/, RMS |gaussian /) as [string, string?]
    const kind = source === '' ? 'gaussian' : size === undefined ? 'adversarial' : 'amplified'
    const distortion = size === undefined ? (distortions.get(source) ?? NaN) : Number(size)
    const cells = victims.map((model, column): [string, ScoreRow] => {
      const [n, errors] = [PUBLISHED_SAMPLE, (percentages[column] / 100) * PUBLISHED_SAMPLE]
      const what = {
        run: '',
        source_model: source,
        kind,
        method: '',
        goal: '',
        options: '',
        dataset: '',
        split: '',
      }
      const all = { n, images: n, errors, clean_n: n, clean_images: n, clean_errors: errors }
      return [model, { ...what, model, stddev: null, clip: false, quality: null, ...all }]
    })
    return {
      name: key,
      key,
      source,
      kind,
      by: '',
      images,
      distortion,
      victims: new Map(cells),
      clip: false,
      literal: false,
      several: false,
    }
  })
}
