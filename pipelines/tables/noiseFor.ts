/** Noise of more times a perturbation's size says nothing about it. */
export const COMPARABLE = 4

/**
 * A perturbation's size as the noise beside it has it: with two digits, and at least as large.
 *
 * @example noiseFor(0.00531) // 0.0054
 */
export function noiseFor(distortion: number): number {
  const unit = 10 ** (Math.floor(Math.log10(distortion)) - 1)
  return Number((Math.ceil(distortion / unit - 1e-9) * unit).toPrecision(2))
}

/** The fewest noises that are comparable with perturbations of all of some sizes. */
export function noisesFor(distortions: readonly number[]): readonly number[] {
  const [least, ...others] = [...new Set(distortions)].sort((a, b) => a - b) as [number?, ...number[]]
  if (least === undefined) return []
  const within = others.filter((size) => noiseFor(size) <= COMPARABLE * least)
  return [noiseFor(within.at(-1) ?? least), ...noisesFor(others.slice(within.length))]
}
