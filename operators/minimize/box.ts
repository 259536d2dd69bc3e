/** Nearest value of [0, 1]. */
export function clip(x: number): number {
  return x < 0 ? 0 : x > 1 ? 1 : x
}

/** Σ (a − b)² in double precision. */
export function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const d = a[i] - b[i]
    sum += d * d
  }
  return sum
}
