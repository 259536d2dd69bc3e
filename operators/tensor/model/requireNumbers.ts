import type { WeightSpec } from './modelJson.js'
import { bytesOf } from './readWeights.js'

/**
 * Checks that weights are numbers: one that is not makes all that a network says none.
 *
 * @throws Error that names the weight
 */
export function requireNumbers(specs: readonly WeightSpec[], bytes: Uint8Array<ArrayBuffer>): void {
  let end = 0
  for (const spec of specs) {
    const start = end
    end += bytesOf(spec)
    const stored = spec.quantization?.dtype ?? spec.dtype
    if (stored !== 'float32' && stored !== 'float16') continue
    const own = bytes.buffer.slice(start, end)
    const at = stored === 'float32' ? firstNaN(new Float32Array(own)) : firstHalfNaN(new Uint16Array(own))
    if (at < 0) continue
    throw new Error(
      `weightsManifest: the weight ${JSON.stringify(spec.name)} has NaN, at place ${at} of ${(end - start) / (stored === 'float32' ? 4 : 2)}; ` +
        'the training diverged, or the file was damaged',
    )
  }
}

function firstNaN(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return i
  return -1
}

/** The same of half precision, as it is stored. */
function firstHalfNaN(values: Uint16Array): number {
  for (let i = 0; i < values.length; i++) if ((values[i] & 0x7fff) > 0x7c00) return i
  return -1
}
