import type { WeightSpec } from './modelJson.js'
import { bytesOf } from './readWeights.js'

/**
 * Weights that are no finite numbers, a sentence each: one such makes all that a network says none.
 *
 * @param isMask whether a weight of one value may be infinite, as what a graph pads with before it takes a maximum
 */
export function weightFaults(
  specs: readonly WeightSpec[],
  bytes: Uint8Array<ArrayBuffer>,
  isMask: boolean,
): readonly string[] {
  let end = 0
  return specs.flatMap((spec) => {
    const start = end
    end += bytesOf(spec)
    const stored = spec.quantization?.dtype ?? spec.dtype
    if (stored !== 'float32' && stored !== 'float16') return []
    const own = bytes.buffer.slice(start, end)
    const { length, at, value } =
      stored === 'float32' ? notFinite(new Float32Array(own)) : notFiniteHalf(new Uint16Array(own))
    if (at < 0 || (isMask && length === 1 && !Number.isNaN(value))) return []
    return [
      `weightsManifest: the weight ${JSON.stringify(spec.name)} has ${value}, at place ${at} of ${length}; ` +
        'the training diverged, or the file was damaged',
    ]
  })
}

/** The first value that is not finite. */
function notFinite(values: Float32Array) {
  let at = 0
  while (at < values.length && Number.isFinite(values[at])) at++
  return at < values.length
    ? { length: values.length, at, value: values[at] }
    : { length: values.length, at: -1, value: 0 }
}

/** The same of half precision, as it is stored: the exponent of infinity, and of NaN, is all ones. */
function notFiniteHalf(values: Uint16Array) {
  let at = 0
  while (at < values.length && (values[at] & 0x7c00) !== 0x7c00) at++
  if (at === values.length) return { length: values.length, at: -1, value: 0 }
  const value = (values[at] & 0x3ff) > 0 ? NaN : values[at] & 0x8000 ? -Infinity : Infinity
  return { length: values.length, at, value }
}
