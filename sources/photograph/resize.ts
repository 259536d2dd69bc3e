import { triangleTaps, WEIGHT_BITS, type Taps } from './triangle.js'
import type { View } from './view.js'

/** Samples of a photograph. */
export interface Pixels {
  /** [height × width × 3] RGB */
  readonly data: Uint8Array
  readonly height: number
  readonly width: number
}

/** What of an input a photograph gives; the rest is black. */
export interface Shown {
  /** Of what samples of the part each row that is shown is made, and each column. */
  readonly rows: Taps
  readonly columns: Taps
  /** Where the first of them lies in the input. */
  readonly top: number
  readonly left: number
  /** Whether columns are summed up first; each pass is rounded to 8 bits, so that it matters where there are two. */
  readonly isDownFirst: boolean
}

export function shownOf({ part, brought, input }: View): Shown {
  const axis = (samples: number, outputs: number, start: number, length: number) =>
    triangleTaps(samples, outputs, Math.max(0, start), Math.min(outputs, start + length))
  const [shorter, narrower] = [part.height - brought[0], part.width - brought[1]]
  return {
    rows: axis(part.height, brought[0], input.top, input.height),
    columns: axis(part.width, brought[1], input.left, input.width),
    top: Math.max(0, -input.top),
    left: Math.max(0, -input.left),
    isDownFirst: narrower !== 0 && shorter > 0 && shorter > 2 * narrower,
  }
}

/**
 * What an input shows of a photograph, [height × width × 3], byte for byte as Pillow's `resize(…, BILINEAR)` before a crop: two
 * passes, each rounded to 8 bits. Pillow 13 goes along the columns first where the height loses more than twice what the width
 * does, those before it never. Only what is shown is computed. This is the definition; `Resizer` is fast.
 */
export function resize({ data, width }: Pixels, view: View): Uint8Array {
  const { part, input } = view
  const { rows, columns, top, left, isDownFirst } = shownOf(view)
  const out = new Uint8Array(input.height * input.width * 3)
  const at = (y: number, x: number, c: number) => data[((part.top + y) * width + part.left + x) * 3 + c]
  const along = (y: number, x: number, c: number) => weighted(columns, x, (from) => at(y, from, c))
  const down = (y: number, x: number, c: number) => weighted(rows, y, (from) => at(from, x, c))
  const alongFirst = remembered(columns.first.length, along)
  const downFirst = remembered(part.width, down)
  for (let y = 0; y < rows.first.length; y++)
    for (let x = 0; x < columns.first.length; x++)
      for (let c = 0; c < 3; c++)
        out[((top + y) * input.width + left + x) * 3 + c] = isDownFirst
          ? weighted(columns, x, (from) => downFirst(y, from, c))
          : weighted(rows, y, (from) => alongFirst(from, x, c))
  return out
}

type Values = (y: number, x: number, c: number) => number

/** The same values, each computed once, when it is first asked for. */
function remembered(width: number, values: Values): Values {
  const known = new Map<number, number>()
  return (y, x, c) => {
    const key = (y * width + x) * 3 + c
    const value = known.get(key) ?? values(y, x, c)
    known.set(key, value)
    return value
  }
}

/** An output: the weighted sum of its samples, rounded to 8 bits. */
function weighted(
  { first, count, weights, most }: Taps,
  output: number,
  at: (sample: number) => number,
): number {
  let sum = 2 ** (WEIGHT_BITS - 1)
  for (let k = 0; k < count[output]; k++) sum += at(first[output] + k) * weights[output * most + k]
  return Math.min(255, Math.floor(sum / 2 ** WEIGHT_BITS))
}
