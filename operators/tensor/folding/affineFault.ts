import type { Layer } from '../tf.js'
import { numbersOf } from './affine.js'

/**
 * Why a layer that is affine in each channel makes no finite numbers in float32, such as a batch normalisation whose variance is
 * negative: a sentence; undefined where it does, and for other layers.
 */
export function affineFault(layer: Layer): string | undefined {
  const numbers = numbersOf(layer)
  if (numbers === undefined) return undefined
  const { scale, offset } = numbers
  const isFinite = (value: number) => Number.isFinite(Math.fround(value))
  const at = scale.findIndex((value, c) => !isFinite(value) || !isFinite(offset[c]))
  if (at < 0) return undefined
  const gives = `gives ${Number.isNaN(scale[at]) ? 'NaN' : 'Infinity'} in channel ${at} of ${scale.length}`
  if (layer.getClassName() !== 'BatchNormalization')
    return `${gives}: expected numbers that are finite in float32, got scale ${scale[at]} and offset ${offset[at]}`
  const epsilon = Number(layer.getConfig()['epsilon'])
  const variance = layer.getWeights().at(-1)?.dataSync<'float32'>()[at] ?? NaN
  return variance + epsilon > 0
    ? `${gives}: its weights there are too large`
    : `${gives}: expected a variance whose sum with epsilon is above 0, got ${Number(variance.toPrecision(6))} and epsilon ${epsilon}`
}
