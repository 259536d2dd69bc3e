import { PUBLISHED_TABLE_1, PUBLISHED_TABLE_2, PUBLISHED_TABLE_3 } from '../published.js'
import { inOrder, type Measured } from './measured.js'
import type { ScoreRow } from './queries.js'

/** What was shown, and how each victim took it. */
export interface Shown {
  /** As in the paper's table. */
  readonly key: string
  readonly source: string
  readonly kind: string
  /** Data set and split. */
  readonly images: string
  /** RMS; of noise the standard deviation. */
  readonly distortion: number
  readonly victims: ReadonlyMap<string, ScoreRow>
}

/** The rows of the scores of some victims: of examples, then amplified ones, then noise. */
export function shownTo(
  { scores, attacks }: Measured,
  isVictim: (model: string) => boolean,
): readonly Shown[] {
  const rows = scores.filter(({ model }) => isVictim(model))
  const groups = new Map<string, ScoreRow[]>()
  for (const row of rows) {
    const { source_model, kind, goal, stddev, dataset, split } = row
    const key = JSON.stringify([source_model, kind, goal, stddev, dataset, split])
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const splits = new Set(rows.map(({ dataset, split }) => `${dataset} ${split}`))
  const shown = [...groups.values()].map((cells): Shown => {
    const { source_model: source, kind, goal, stddev, dataset, split } = cells[0]
    const attack = attacks.find(
      (row) =>
        row.source_model === source && row.goal === goal && row.dataset === dataset && row.split === split,
    )
    const name = [
      kind === 'gaussian' ? `gaussian ${stddev ?? '?'}` : source,
      ...(kind === 'amplified' && stddev !== null ? [sizeOf(stddev)] : []),
      ...(goal === 'random' || goal === '' ? [] : [goal]),
      ...(splits.size > 1 ? [`${dataset} ${split}`] : []),
    ]
    return {
      key: name.join(', '),
      source,
      kind,
      images: `${dataset} ${split}`,
      distortion: stddev ?? attack?.distortion.value ?? NaN,
      victims: new Map(cells.map((cell) => [cell.model, cell])),
    }
  })
  const order = inOrder(shown.map(({ source }) => source))
  const kinds = ['adversarial', 'amplified', 'gaussian']
  return shown.sort(
    (a, b) =>
      kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
      (a.kind === 'amplified' ? b.distortion - a.distortion : 0) ||
      order.indexOf(a.source) - order.indexOf(b.source) ||
      a.distortion - b.distortion,
  )
}

/** An RMS, or the L2 norm of 784 values that it comes from. */
function sizeOf(rms: number): string {
  const round = (value: number) => Number(value.toPrecision(3))
  const l2 = rms * 28
  return Math.abs(rms - round(rms)) > 1e-12 && Math.abs(l2 - round(l2)) < 1e-12
    ? `L2 ${round(l2)}`
    : `RMS ${round(rms)}`
}

/** The paper's percentage; its columns are in the order of its models. */
export function paperOf(
  published: ReadonlyMap<string, readonly number[]>,
  key: string,
  victim: string,
): number | undefined {
  const columns =
    published === PUBLISHED_TABLE_2
      ? PUBLISHED_TABLE_1.map((model) => model.architecture)
      : PUBLISHED_TABLE_3.map(({ name }) => name)
  const column = columns.indexOf(victim)
  return column < 0 ? undefined : published.get(key)?.[column]
}

/** How many cells a table of the paper has. */
export const cellsOf = (published: ReadonlyMap<string, readonly number[]>): number =>
  [...published.values()].reduce((sum, row) => sum + row.length, 0)
