// AssemblyScript, compiled to minimize.wasm: the vector work of the minimisation on 128-bit SIMD.
//
// Vectors are float32 in linear memory, given as byte addresses; n is their length, a multiple of 4. Sums run over
// four lanes in a fixed order, so the same input gives the same bits on every machine.

/** Results of a call besides its value. */
let second: f64 = 0
let third: f64 = 0
let fourth: f64 = 0
let fifth: f64 = 0

export function secondResult(): f64 {
  return second
}

export function thirdResult(): f64 {
  return third
}

export function fourthResult(): f64 {
  return fourth
}

export function fifthResult(): f64 {
  return fifth
}

function sum(v: v128): f64 {
  return (
    <f64>f32x4.extract_lane(v, 0) +
    <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  )
}

function sumDoubles(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

/** Σ (a − b)², in doubles. */
export function squaredDistance(a: usize, b: usize, n: i32): f64 {
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
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
function freeAt(x: v128, slope: v128, low: v128, high: v128): v128 {
  const zero = f32x4.splat(0)
  const stopped = v128.or(
    v128.and(f32x4.le(x, low), f32x4.gt(slope, zero)),
    v128.and(f32x4.ge(x, high), f32x4.lt(slope, zero)),
  )
  return v128.not(stopped)
}

/** mask and projected at a point with loss gradient g; gives the latter. */
function projectAt(
  x: v128,
  origin: v128,
  g: v128,
  mask: usize,
  projected: usize,
  curvature: v128,
  low: v128,
  high: v128,
): v128 {
  const slope = f32x4.add(g, f32x4.mul(curvature, f32x4.sub(x, origin)))
  const free = freeAt(x, slope, low, high)
  const part = v128.and(free, slope)
  v128.store(mask, free)
  v128.store(projected, part)
  return part
}

/** y + curvature s: the change of ∇F that goes with a step. */
function changeAt(s: usize, y: usize, curvature: v128): v128 {
  return f32x4.add(v128.load(y), f32x4.mul(curvature, v128.load(s)))
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
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    const xi = v128.load(x + at)
    const gi = v128.load(gradient + at)
    const part = projectAt(xi, v128.load(origin + at), gi, mask + at, projected + at, k, l, h)
    norm = f32x4.add(norm, f32x4.mul(part, part))
  }
  return sum(norm)
}

/**
 * A step from x to trial, where the gradient is fresh: `project` there, d = −projected, and in the places of x and its
 * gradient the new pair, trial − x and fresh − gradient. Gives ‖projected‖²; the new pair's `pairProducts` are the
 * second to fifth result.
 */
export function stepThenProject(
  x: usize,
  gradient: usize,
  trial: usize,
  fresh: usize,
  origin: usize,
  mask: usize,
  projected: usize,
  d: usize,
  n: i32,
  curvature: f32,
  low: f32,
  high: f32,
): f64 {
  const k = f32x4.splat(curvature)
  const l = f32x4.splat(low)
  const h = f32x4.splat(high)
  let norm = f32x4.splat(0)
  let ss = f32x4.splat(0)
  let sy = f32x4.splat(0)
  let sd = f32x4.splat(0)
  let yy = f32x4.splat(0)
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    const xi = v128.load(trial + at)
    const gi = v128.load(fresh + at)
    const s = f32x4.sub(xi, v128.load(x + at))
    const y = f32x4.sub(gi, v128.load(gradient + at))
    v128.store(x + at, s)
    v128.store(gradient + at, y)
    const part = projectAt(xi, v128.load(origin + at), gi, mask + at, projected + at, k, l, h)
    const di = f32x4.neg(part)
    v128.store(d + at, di)
    norm = f32x4.add(norm, f32x4.mul(part, part))
    const free = v128.load(mask + at)
    const si = v128.and(s, free)
    const yi = v128.and(y, free)
    ss = f32x4.add(ss, f32x4.mul(si, si))
    sy = f32x4.add(sy, f32x4.mul(si, yi))
    sd = f32x4.add(sd, f32x4.mul(si, di))
    yy = f32x4.add(yy, f32x4.mul(yi, yi))
  }
  second = sum(ss)
  third = sum(sy)
  fourth = sum(sd)
  fifth = sum(yy)
  return sum(norm)
}

/**
 * The products of a masked pair with itself and with a vector that is 0 where the mask is: gives s·s, and s·y, s·d and
 * y·y as second, third and fourth result.
 */
export function pairProducts(s: usize, y: usize, d: usize, mask: usize, n: i32): f64 {
  let ss = f32x4.splat(0)
  let sy = f32x4.splat(0)
  let sd = f32x4.splat(0)
  let yy = f32x4.splat(0)
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    const free = v128.load(mask + at)
    const si = v128.and(v128.load(s + at), free)
    const yi = v128.and(v128.load(y + at), free)
    ss = f32x4.add(ss, f32x4.mul(si, si))
    sy = f32x4.add(sy, f32x4.mul(si, yi))
    sd = f32x4.add(sd, f32x4.mul(si, v128.load(d + at)))
    yy = f32x4.add(yy, f32x4.mul(yi, yi))
  }
  second = sum(sy)
  third = sum(sd)
  fourth = sum(yy)
  return sum(ss)
}

/** d += a · mask · (y + curvature s), and with that d `pairProducts` of the next pair, but y·y. */
export function addChangeThenProducts(
  d: usize,
  a: f32,
  s: usize,
  y: usize,
  mask: usize,
  n: i32,
  curvature: f32,
  nextS: usize,
  nextY: usize,
): f64 {
  const k = f32x4.splat(curvature)
  const f = f32x4.splat(a)
  let ss = f32x4.splat(0)
  let sy = f32x4.splat(0)
  let sd = f32x4.splat(0)
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    const free = v128.load(mask + at)
    const change = changeAt(s + at, y + at, k)
    const di = f32x4.add(v128.load(d + at), v128.and(f32x4.mul(f, change), free))
    v128.store(d + at, di)
    const si = v128.and(v128.load(nextS + at), free)
    const yi = v128.and(v128.load(nextY + at), free)
    ss = f32x4.add(ss, f32x4.mul(si, si))
    sy = f32x4.add(sy, f32x4.mul(si, yi))
    sd = f32x4.add(sd, f32x4.mul(si, di))
  }
  second = sum(sy)
  third = sum(sd)
  return sum(ss)
}

/** d = h · (d + a · mask · (y + curvature s)), and with that d the next (y + curvature s) · d. */
export function addChangeScaleThenAlong(
  d: usize,
  a: f32,
  s: usize,
  y: usize,
  mask: usize,
  n: i32,
  curvature: f32,
  h: f32,
  nextS: usize,
  nextY: usize,
): f64 {
  const k = f32x4.splat(curvature)
  const f = f32x4.splat(a)
  const scale = f32x4.splat(h)
  let along = f32x4.splat(0)
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    const change = changeAt(s + at, y + at, k)
    const part = v128.and(f32x4.mul(f, change), v128.load(mask + at))
    const di = f32x4.mul(scale, f32x4.add(v128.load(d + at), part))
    v128.store(d + at, di)
    const next = changeAt(nextS + at, nextY + at, k)
    along = f32x4.add(along, f32x4.mul(next, di))
  }
  return sum(along)
}

/** d += a · mask · s, and with that d the next (y + curvature s) · d. */
export function addStepThenAlong(
  d: usize,
  a: f32,
  s: usize,
  mask: usize,
  n: i32,
  curvature: f32,
  nextS: usize,
  nextY: usize,
): f64 {
  const k = f32x4.splat(curvature)
  const f = f32x4.splat(a)
  let along = f32x4.splat(0)
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    const part = v128.and(f32x4.mul(f, v128.load(s + at)), v128.load(mask + at))
    const di = f32x4.add(v128.load(d + at), part)
    v128.store(d + at, di)
    const next = changeAt(nextS + at, nextY + at, k)
    along = f32x4.add(along, f32x4.mul(next, di))
  }
  return sum(along)
}

/** d += a · mask · s */
export function addStep(d: usize, a: f32, s: usize, mask: usize, n: i32): void {
  const f = f32x4.splat(a)
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    const part = v128.and(f32x4.mul(f, v128.load(s + at)), v128.load(mask + at))
    v128.store(d + at, f32x4.add(v128.load(d + at), part))
  }
}

/** to = a · from */
export function scale(to: usize, a: f32, from: usize, n: i32): void {
  const f = f32x4.splat(a)
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    v128.store(to + at, f32x4.mul(f, v128.load(from + at)))
  }
}

/** Values within the box; NaN stays NaN. One instruction each, where `min` and `max` take several. */
function clipped(v: v128, low: v128, high: v128): v128 {
  return f32x4.pmax(f32x4.pmin(v, high), low)
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
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    const xi = v128.load(x + at)
    const to = clipped(f32x4.add(xi, f32x4.mul(f, v128.load(direction + at))), l, h)
    v128.store(trial + at, to)
    slope = f32x4.add(slope, f32x4.mul(v128.load(projected + at), f32x4.sub(to, xi)))
  }
  return sum(slope)
}

/** Σ gradient · (to − from) */
export function slopeTo(to: usize, from: usize, gradient: usize, n: i32): f64 {
  let slope = f32x4.splat(0)
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    const step = f32x4.sub(v128.load(to + at), v128.load(from + at))
    slope = f32x4.add(slope, f32x4.mul(v128.load(gradient + at), step))
  }
  return sum(slope)
}

/** Whether every value is a number that is not infinite. */
export function allFinite(v: usize, n: i32): bool {
  const zero = f32x4.splat(0)
  let nothing = zero
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    nothing = f32x4.add(nothing, f32x4.mul(zero, v128.load(v + at)))
  }
  return sum(nothing) == 0
}

/** to = origin + t (from − origin), clipped to the box. */
export function along(to: usize, origin: usize, from: usize, t: f32, n: i32, low: f32, high: f32): void {
  const f = f32x4.splat(t)
  const l = f32x4.splat(low)
  const h = f32x4.splat(high)
  for (let at: usize = 0, end = (<usize>n) << 2; at < end; at += 16) {
    const o = v128.load(origin + at)
    const point = f32x4.add(o, f32x4.mul(f, f32x4.sub(v128.load(from + at), o)))
    v128.store(to + at, clipped(point, l, h))
  }
}
