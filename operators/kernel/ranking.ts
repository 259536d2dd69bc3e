// AssemblyScript, compiled to ranking.wasm: what a ranking does with every activation and every score, on 128-bit SIMD.
//
// Vectors are given as byte addresses in linear memory. Rows of activations are float32, n values each, a multiple of 8,
// filled up with 0. Sums run over lanes in a fixed order, so the same input gives the same bits on every machine.

function upper(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 0, 1))
}

/** ⟨row, direction⟩ in doubles; the row is float32, the direction doubles. */
export function product(row: usize, direction: usize, n: i32): f64 {
  let p = f64x2.splat(0)
  let q = f64x2.splat(0)
  let r = f64x2.splat(0)
  let s = f64x2.splat(0)
  for (let end = row + ((<usize>n) << 2); row < end; row += 32, direction += 64) {
    const a = v128.load(row)
    const b = v128.load(row, 16)
    p = f64x2.add(p, f64x2.mul(f64x2.promote_low_f32x4(a), v128.load(direction)))
    q = f64x2.add(q, f64x2.mul(upper(a), v128.load(direction, 16)))
    r = f64x2.add(r, f64x2.mul(f64x2.promote_low_f32x4(b), v128.load(direction, 32)))
    s = f64x2.add(s, f64x2.mul(upper(b), v128.load(direction, 48)))
  }
  const all = f64x2.add(f64x2.add(p, q), f64x2.add(r, s))
  return f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1)
}

/**
 * Writes to `found` where [rows × count] float32 scores are that may be among the first or the last: all but those below
 * the floor and above the ceiling of their column, NaN too. Gives how many there are.
 */
export function outside(
  scores: usize,
  floors: usize,
  ceilings: usize,
  rows: i32,
  count: i32,
  found: usize,
): i32 {
  const whole = count & ~3
  let next = found
  let at = 0
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < whole; i += 4, at += 4) {
      const place = (<usize>i) << 2
      const score = v128.load(scores + ((<usize>at) << 2))
      const passed = v128.and(
        f32x4.lt(score, v128.load(floors + place)),
        f32x4.gt(score, v128.load(ceilings + place)),
      )
      if (i32x4.all_true(passed)) continue
      const mask = i32x4.bitmask(passed)
      for (let lane = 0; lane < 4; lane++) {
        if (mask & (1 << lane)) continue
        store<i32>(next, at + lane)
        next += 4
      }
    }
    for (let i = whole; i < count; i++, at++) {
      const place = (<usize>i) << 2
      const score = load<f32>(scores + ((<usize>at) << 2))
      if (score < load<f32>(floors + place) && score > load<f32>(ceilings + place)) continue
      store<i32>(next, at)
      next += 4
    }
  }
  return <i32>((next - found) >> 2)
}

/** Columns that are tried before they are added. */
const CHUNK: usize = 256

/** Values rounded to the nearest multiple of grain's last place. */
function rounded(v: v128, grain: v128): v128 {
  return f64x2.sub(f64x2.add(v, grain), grain)
}

function larger(most: v128, values: usize): v128 {
  return i32x4.max_u(most, v128.and(v128.load(values), i32x4.splat(0x7fffffff)))
}

/**
 * Adds four rows, one after the other from `rows` on, to the sums of columns in doubles, each value rounded by `grain`, and
 * their squares to four doubles. Stops where a value reaches `limit` or is not finite. Gives how many columns are added.
 */
export function addRows(rows: usize, n: i32, sums: usize, squares: usize, limit: f32, grain: f64): i32 {
  const bytes = (<usize>n) << 2
  const b = rows + bytes
  const c = b + bytes
  const d = c + bytes
  // of what has no sign, bits are in the order of the values, NaN the last
  const bound = i32x4.splat(reinterpret<i32>(limit))
  const g = f64x2.splat(grain)
  let aa = f64x2.splat(0)
  let bb = f64x2.splat(0)
  let cc = f64x2.splat(0)
  let dd = f64x2.splat(0)
  let from: usize = 0
  while (from < bytes) {
    const end = min(bytes, from + CHUNK * 4)
    let most = i32x4.splat(0)
    for (let at = from; at < end; at += 16) {
      most = larger(larger(larger(larger(most, rows + at), b + at), c + at), d + at)
    }
    if (!i32x4.all_true(i32x4.lt_u(most, bound))) break
    for (let at = from; at < end; at += 16) {
      const p = v128.load(rows + at)
      const q = v128.load(b + at)
      const r = v128.load(c + at)
      const s = v128.load(d + at)
      const p0 = f64x2.promote_low_f32x4(p)
      const q0 = f64x2.promote_low_f32x4(q)
      const r0 = f64x2.promote_low_f32x4(r)
      const s0 = f64x2.promote_low_f32x4(s)
      const p1 = upper(p)
      const q1 = upper(q)
      const r1 = upper(r)
      const s1 = upper(s)
      aa = f64x2.add(aa, f64x2.add(f64x2.mul(p0, p0), f64x2.mul(p1, p1)))
      bb = f64x2.add(bb, f64x2.add(f64x2.mul(q0, q0), f64x2.mul(q1, q1)))
      cc = f64x2.add(cc, f64x2.add(f64x2.mul(r0, r0), f64x2.mul(r1, r1)))
      dd = f64x2.add(dd, f64x2.add(f64x2.mul(s0, s0), f64x2.mul(s1, s1)))
      const low = f64x2.add(
        f64x2.add(rounded(p0, g), rounded(q0, g)),
        f64x2.add(rounded(r0, g), rounded(s0, g)),
      )
      const high = f64x2.add(
        f64x2.add(rounded(p1, g), rounded(q1, g)),
        f64x2.add(rounded(r1, g), rounded(s1, g)),
      )
      const sum = sums + (at << 1)
      v128.store(sum, f64x2.add(v128.load(sum), low))
      v128.store(sum, f64x2.add(v128.load(sum, 16), high), 16)
    }
    from = end
  }
  store<f64>(squares, f64x2.extract_lane(aa, 0) + f64x2.extract_lane(aa, 1))
  store<f64>(squares + 8, f64x2.extract_lane(bb, 0) + f64x2.extract_lane(bb, 1))
  store<f64>(squares + 16, f64x2.extract_lane(cc, 0) + f64x2.extract_lane(cc, 1))
  store<f64>(squares + 24, f64x2.extract_lane(dd, 0) + f64x2.extract_lane(dd, 1))
  return <i32>(from >> 2)
}

/** A bijection of 32 bits that leaves no pattern (the finaliser of MurmurHash3). */
function mix(x: v128): v128 {
  let h = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x85ebca6b))
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35))
  return v128.xor(h, i32x4.shr_u(h, 16))
}

/**
 * Writes to `found` which of `count`, a multiple of 4, salts give a hash with a sample that is not below their bound, as
 * unsigned numbers. Gives how many.
 */
export function drawn(sample: i32, salts: usize, bounds: usize, count: i32, found: usize): i32 {
  const x = i32x4.splat(sample)
  let next = found
  for (let i = 0; i < count; i += 4) {
    const place = (<usize>i) << 2
    const hit = i32x4.ge_u(mix(v128.xor(x, v128.load(salts + place))), v128.load(bounds + place))
    if (!v128.any_true(hit)) continue
    const mask = i32x4.bitmask(hit)
    for (let lane = 0; lane < 4; lane++) {
      if (!(mask & (1 << lane))) continue
      store<i32>(next, i + lane)
      next += 4
    }
  }
  return <i32>((next - found) >> 2)
}
