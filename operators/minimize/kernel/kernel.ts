// AssemblyScript, compiled to kernel.wasm: the vector work of the minimisation on 128-bit SIMD.
//
// Vectors are float32 in linear memory, given as byte addresses; n is their length, a multiple of 4. Sums run over
// four lanes in a fixed order, so the same input gives the same bits on every machine.

/** Two results of a call, besides its value. */
let second: f64 = 0
let third: f64 = 0

export function secondResult(): f64 {
  return second
}

export function thirdResult(): f64 {
  return third
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function sum(v: v128): f64 {
  return (
    <f64>f32x4.extract_lane(v, 0) +
    <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  )
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function sumDoubles(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

/** Σ (a − b)², in doubles. */
export function squaredDistance(a: usize, b: usize, n: i32): f64 {
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    const r = f32x4.sub(v128.load(a + at), v128.load(b + at))
    const r0 = f64x2.promote_low_f32x4(r)
    const r1 = f64x2.promote_low_f32x4(v128.shuffle<i32>(r, r, 2, 3, 0, 1))
    low = f64x2.add(low, f64x2.mul(r0, r0))
    high = f64x2.add(high, f64x2.mul(r1, r1))
  }
  return sumDoubles(low) + sumDoubles(high)
}

/**
 * All ones where a pixel is free, 0 where the box stops a step against `slope`.
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
function freeAt(x: v128, slope: v128, low: v128, high: v128): v128 {
  const zero = f32x4.splat(0)
  const stopped = v128.or(
    v128.and(f32x4.le(x, low), f32x4.gt(slope, zero)),
    v128.and(f32x4.ge(x, high), f32x4.lt(slope, zero)),
  )
  return v128.not(stopped)
}

/**
 * mask and projected = ∇F on the free pixels, 0 elsewhere, for ∇F = gradient + curvature (x − origin).
 * Gives ‖projected‖².
 */
export function project(
  x: usize,
  origin: usize,
  gradient: usize,
  mask: usize,
  projected: usize,
  n: i32,
  curvature: f32,
  low: f32,
  high: f32,
): f64 {
  const k = f32x4.splat(curvature)
  const l = f32x4.splat(low)
  const h = f32x4.splat(high)
  let norm = f32x4.splat(0)
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    const xi = v128.load(x + at)
    const slope = f32x4.add(v128.load(gradient + at), f32x4.mul(k, f32x4.sub(xi, v128.load(origin + at))))
    const free = freeAt(xi, slope, l, h)
    const part = v128.and(free, slope)
    v128.store(mask + at, free)
    v128.store(projected + at, part)
    norm = f32x4.add(norm, f32x4.mul(part, part))
  }
  return sum(norm)
}

/** s = trial − x, y = fresh − gradient; then x = trial, gradient = fresh. */
export function accept(
  x: usize,
  gradient: usize,
  trial: usize,
  fresh: usize,
  s: usize,
  y: usize,
  n: i32,
): void {
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    const to = v128.load(trial + at)
    const slope = v128.load(fresh + at)
    v128.store(s + at, f32x4.sub(to, v128.load(x + at)))
    v128.store(y + at, f32x4.sub(slope, v128.load(gradient + at)))
    v128.store(x + at, to)
    v128.store(gradient + at, slope)
  }
}

/**
 * The dot products of a masked pair with itself and with a vector that is 0 where the mask is:
 * gives s·s, and s·y and s·d as second and third result.
 */
export function pairProducts(s: usize, y: usize, d: usize, mask: usize, n: i32): f64 {
  let ss = f32x4.splat(0)
  let sy = f32x4.splat(0)
  let sd = f32x4.splat(0)
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    const si = v128.and(v128.load(s + at), v128.load(mask + at))
    ss = f32x4.add(ss, f32x4.mul(si, si))
    sy = f32x4.add(sy, f32x4.mul(si, v128.load(y + at)))
    sd = f32x4.add(sd, f32x4.mul(si, v128.load(d + at)))
  }
  second = sum(sy)
  third = sum(sd)
  return sum(ss)
}

/** d += a · mask · (y + curvature s) */
export function addGradientChange(
  d: usize,
  a: f32,
  s: usize,
  y: usize,
  mask: usize,
  n: i32,
  curvature: f32,
): void {
  const k = f32x4.splat(curvature)
  const f = f32x4.splat(a)
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    const change = f32x4.add(v128.load(y + at), f32x4.mul(k, v128.load(s + at)))
    const part = v128.and(f32x4.mul(f, change), v128.load(mask + at))
    v128.store(d + at, f32x4.add(v128.load(d + at), part))
  }
}

/** (y + curvature s) · d */
export function gradientChangeAlong(s: usize, y: usize, d: usize, n: i32, curvature: f32): f64 {
  const k = f32x4.splat(curvature)
  let along = f32x4.splat(0)
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    const change = f32x4.add(v128.load(y + at), f32x4.mul(k, v128.load(s + at)))
    along = f32x4.add(along, f32x4.mul(change, v128.load(d + at)))
  }
  return sum(along)
}

/** d += a · mask · s */
export function addStep(d: usize, a: f32, s: usize, mask: usize, n: i32): void {
  const f = f32x4.splat(a)
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    const part = v128.and(f32x4.mul(f, v128.load(s + at)), v128.load(mask + at))
    v128.store(d + at, f32x4.add(v128.load(d + at), part))
  }
}

/** to = a · from */
export function scale(to: usize, a: f32, from: usize, n: i32): void {
  const f = f32x4.splat(a)
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    v128.store(to + at, f32x4.mul(f, v128.load(from + at)))
  }
}

/** trial = x + step · direction, clipped to the box. Gives projected · (trial − x), in doubles' sum. */
export function place(
  trial: usize,
  x: usize,
  step: f32,
  direction: usize,
  projected: usize,
  n: i32,
  low: f32,
  high: f32,
): f64 {
  const f = f32x4.splat(step)
  const l = f32x4.splat(low)
  const h = f32x4.splat(high)
  let slope = f32x4.splat(0)
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    const xi = v128.load(x + at)
    const to = f32x4.max(l, f32x4.min(h, f32x4.add(xi, f32x4.mul(f, v128.load(direction + at)))))
    v128.store(trial + at, to)
    slope = f32x4.add(slope, f32x4.mul(v128.load(projected + at), f32x4.sub(to, xi)))
  }
  return sum(slope)
}

/** Whether every value is a number that is not infinite. */
export function allFinite(v: usize, n: i32): bool {
  const zero = f32x4.splat(0)
  let nothing = zero
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    nothing = f32x4.add(nothing, f32x4.mul(zero, v128.load(v + at)))
  }
  return sum(nothing) == 0
}

/** to = origin + t (from − origin), clipped to the box. */
export function along(to: usize, origin: usize, from: usize, t: f32, n: i32, low: f32, high: f32): void {
  const f = f32x4.splat(t)
  const l = f32x4.splat(low)
  const h = f32x4.splat(high)
  for (let at: usize = 0, end = <usize>n << 2; at < end; at += 16) {
    const o = v128.load(origin + at)
    const point = f32x4.add(o, f32x4.mul(f, f32x4.sub(v128.load(from + at), o)))
    v128.store(to + at, f32x4.max(l, f32x4.min(h, point)))
  }
}
