/** Whether a step against `gradient` would leave [0, 1] at once: such a pixel is not free. */
export function blocked(x: number, gradient: number): boolean {
  return (x <= 0 && gradient > 0) || (x >= 1 && gradient < 0)
}

/** Nearest value of the box. */
export function clip(x: number): number {
  return x < 0 ? 0 : x > 1 ? 1 : x
}

/** ‖gradient‖ over the free pixels. */
export function freeNorm(x: Float32Array, gradient: Float32Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) {
    if (!blocked(x[i], gradient[i])) sum += gradient[i] * gradient[i]
  }
  return Math.sqrt(sum)
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
