import * as v from 'valibot'
import { usualFraming, type Framing } from '../../classifier/framing.js'
import { expected, shown } from '../../records/expected.js'
import { parsed, whole } from './issues.js'
import { requireKnownKeys } from './preprocessKeys.js'
import { isObject } from '../../options/isObject.js'

type Size = readonly [height: number, width: number]

/** Pixels of a side at most, as in `checkFraming`. */
const side = v.pipe(
  whole(1),
  expected((value) => value <= 4096, 'a whole number from 1 to 4096'),
)
const filters = v.nullish(
  v.pipe(
    v.string(),
    expected(
      (name) => ['bilinear', 'triangle', 'linear'].includes(name.toLowerCase()),
      '"bilinear", the one filter that there is',
    ),
  ),
)
const antialias = v.nullish(v.literal(true))
const how = { filter: filters, interpolation: filters, antialias }

const SHORTER = ['shorter-side', 'shortest-edge', 'shortest-side', 'smaller-side']
const resizes = v.variant('mode', [
  v.object({ mode: v.literal('exact'), width: side, height: side, ...how }),
  v.object({ mode: v.picklist(SHORTER), size: side, ...how }),
])

const POLICIES = [
  ...['resize-then-center-crop', 'resize', 'exact', 'shorter-side', 'shortest-edge', 'center-crop', 'center'],
] as const
const crop = v.object({
  policy: v.picklist(POLICIES),
  resize: v.optional(v.unknown()),
  centerCrop: v.nullish(v.union([side, v.strictTuple([side, side])], 'a size in pixels, or [height, width]')),
  ...how,
})

/**
 * The framing that the `crop` of a preprocess.json means, for inputs of a size:
 *
 * - `resize-then-center-crop`, with `resize` `{mode: 'exact', width, height}` or `{mode: 'shorter-side', size}` (also
 *   `shortest-edge`), or briefly `[height, width]` or a number for the shorter side;
 * - `exact` and `shorter-side`, which are the same by the names of `Framing`;
 * - `resize`: all of it to the input's size;
 * - `center-crop` or `center`: the largest part in the middle.
 *
 * Without one it is the usual framing.
 *
 * @throws Error that names the place
 */
export function framingFrom(value: unknown, size: Size): Framing {
  if (value === undefined || value === null) return usualFraming(size)
  requireKnownKeys(
    value,
    'crop',
    ['policy', 'resize', 'centerCrop', 'filter', 'interpolation', 'antialias'],
    [],
  )
  const { policy, resize, centerCrop } = parsed(crop, value, 'crop')
  if (centerCrop !== undefined && centerCrop !== null) {
    const cut = [centerCrop, centerCrop].flat().slice(0, 4)
    const [height, width] = Array.isArray(centerCrop) ? centerCrop : cut
    if (height !== size[0] || width !== size[1])
      throw new Error(
        `crop.centerCrop: expected [${size.join(', ')}], the size of the network's input, got ${shown(centerCrop)}`,
      )
  }
  const given = resize === undefined || resize === null ? undefined : resizeFrom(resize)
  switch (policy) {
    case 'center-crop':
    case 'center':
      if (given !== undefined && !isSize(given, size))
        throw new Error(
          `crop.resize: expected ${size.join('x')}, the input's, with the policy ${policy}, got ${shown(resize)}; ` +
            'resize-then-center-crop resizes first',
        )
      return { size, crop: { policy: 'center' } }
    case 'resize':
      if (given !== undefined && !isSize(given, size))
        throw new Error(
          `crop.resize: expected ${size.join('x')}, the input's, with the policy resize, got ${shown(resize)}; ` +
            'resize-then-center-crop cuts the middle out of it',
        )
      return { size, crop: { policy: 'exact', resize: size } }
    default:
      if (given === undefined)
        throw new Error(`crop.resize: expected a size with the policy ${policy}, got none`)
      return { size, crop: cropOf(policy, given) }
  }
}

function cropOf(policy: string, given: number | Size): Framing['crop'] {
  if (typeof given === 'number' && policy !== 'exact') return { policy: 'shorter-side', resize: given }
  if (typeof given !== 'number' && !SHORTER.includes(policy)) return { policy: 'exact', resize: given }
  throw new Error(
    `crop.resize: expected ${policy === 'exact' ? '[height, width]' : 'a number, the size of the shorter side'} ` +
      `with the policy ${policy}, got ${shown(given)}`,
  )
}

const isSize = (given: number | Size, size: Size) =>
  typeof given !== 'number' && given[0] === size[0] && given[1] === size[1]

/** What a photograph is resized to: a number for its shorter side. */
function resizeFrom(value: unknown): number | Size {
  if (!isObject(value))
    return parsed(
      v.union(
        [side, v.strictTuple([side, side])],
        'a size of the shorter side, [height, width] or an object with mode',
      ),
      value,
      'crop.resize',
    )
  const known = ['mode', 'width', 'height', 'size', 'filter', 'interpolation', 'antialias']
  requireKnownKeys(value, 'crop.resize', known, [])
  const result = parsed(resizes, value, 'crop.resize')
  return 'size' in result ? result.size : [result.height, result.width]
}
