// AssemblyScript, compiled to resample.wasm: the two passes of a resize of RGB bytes, on 128-bit SIMD.
//
// Weights are whole numbers in units of 2^-22. What multiplies two bytes and adds them up takes weights of 16 bits, so each is
// split into its upper part and its lower 11 bits, and comes in pairs, for two samples that lie side by side. Sums are exact:
// they are taken modulo 2^32 and end below 2^31. Blocks of 16 bytes are read and written: memory goes on beyond what is given.

const LOWER: i32 = 11
const POINT: i32 = 22
const HALF: i32 = 1 << (POINT - 1)

/** Bytes 0 to 5, two pixels, as [r, r, g, g, b, b, 0, 0] of 16 bits. */
function sideBySide(pixels: v128): v128 {
  return i8x16.swizzle(pixels, i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1))
}

function rounded(upper: v128, lower: v128): v128 {
  const sum = i32x4.add(i32x4.shl(upper, LOWER), lower)
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat(HALF)), POINT)
}

/**
 * Along rows of pixels: `outputs` pixels of each, the first at byte firsts[x] of the row, each of `pairs` pairs of pixels with
 * [outputs × pairs × 2] weights, upper and lower, two in each.
 */
export function along(
  from: usize,
  stride: usize,
  rows: i32,
  firsts: usize,
  weights: usize,
  pairs: i32,
  outputs: i32,
  to: usize,
  toStride: usize,
): void {
  const bytes = (<usize>pairs) << 3
  for (let y = 0; y < rows; y++) {
    let weight = weights
    let out = to
    for (let x: usize = 0; x < <usize>outputs; x++) {
      let at = from + load<u32>(firsts + (x << 2))
      let upper = i32x4.splat(0)
      let lower = i32x4.splat(0)
      for (const end = weight + bytes; weight < end; weight += 8, at += 6) {
        const two = sideBySide(v128.load64_zero(at))
        upper = i32x4.add(upper, i32x4.dot_i16x8_s(two, v128.load32_splat(weight)))
        lower = i32x4.add(lower, i32x4.dot_i16x8_s(two, v128.load32_splat(weight, 4)))
      }
      const pixel = i16x8.narrow_i32x4_s(rounded(upper, lower), i32x4.splat(0))
      store<i32>(out, i32x4.extract_lane(i8x16.narrow_i16x8_u(pixel, pixel), 0))
      out += 3
    }
    from += stride
    to += toStride
  }
}

/**
 * Down columns: an output row of n bytes, a multiple of 16, of `count` rows with a weight each. An output of more rows than
 * there are at once is made in several calls: all but the first go on from `sums` [n], all but the last leave them.
 *
 * @param pairs room for as many pairs of weights as there are of rows, 8 bytes each
 */
export function down(
  from: usize,
  stride: usize,
  count: i32,
  weights: usize,
  pairs: usize,
  sums: usize,
  n: i32,
  to: usize,
  isFirst: bool,
  isLast: bool,
): void {
  const isOdd = (count & 1) == 1
  let end = pairs
  for (let k = 0; k < count; k += 2, end += 8) {
    const a = load<i32>(weights + ((<usize>k) << 2))
    const b = k + 1 < count ? load<i32>(weights + ((<usize>k) << 2), 4) : 0
    store<i32>(end, (a >> LOWER) | ((b >> LOWER) << 16))
    store<i32>(end, (a & 0x7ff) | ((b & 0x7ff) << 16), 4)
  }
  for (let x: usize = 0; x < <usize>n; x += 16) {
    const sum = sums + (x << 2)
    let upper0 = i32x4.splat(0)
    let upper1 = upper0
    let upper2 = upper0
    let upper3 = upper0
    let lower0 = upper0
    let lower1 = upper0
    let lower2 = upper0
    let lower3 = upper0
    if (!isFirst) {
      lower0 = v128.load(sum)
      lower1 = v128.load(sum, 16)
      lower2 = v128.load(sum, 32)
      lower3 = v128.load(sum, 48)
    }
    let row = from + x
    for (let pair = pairs; pair < end; pair += 8, row += stride << 1) {
      const a = v128.load(row)
      // an odd last row stands for the second, too, whose weight is 0
      const b = v128.load(row + (isOdd && pair + 8 == end ? 0 : stride))
      const low = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
      const high = i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
      const u = v128.load32_splat(pair)
      const l = v128.load32_splat(pair, 4)
      const p0 = i16x8.extend_low_i8x16_u(low)
      const p1 = i16x8.extend_high_i8x16_u(low)
      const p2 = i16x8.extend_low_i8x16_u(high)
      const p3 = i16x8.extend_high_i8x16_u(high)
      upper0 = i32x4.add(upper0, i32x4.dot_i16x8_s(p0, u))
      upper1 = i32x4.add(upper1, i32x4.dot_i16x8_s(p1, u))
      upper2 = i32x4.add(upper2, i32x4.dot_i16x8_s(p2, u))
      upper3 = i32x4.add(upper3, i32x4.dot_i16x8_s(p3, u))
      lower0 = i32x4.add(lower0, i32x4.dot_i16x8_s(p0, l))
      lower1 = i32x4.add(lower1, i32x4.dot_i16x8_s(p1, l))
      lower2 = i32x4.add(lower2, i32x4.dot_i16x8_s(p2, l))
      lower3 = i32x4.add(lower3, i32x4.dot_i16x8_s(p3, l))
    }
    if (isLast) {
      const first = i16x8.narrow_i32x4_s(rounded(upper0, lower0), rounded(upper1, lower1))
      const second = i16x8.narrow_i32x4_s(rounded(upper2, lower2), rounded(upper3, lower3))
      v128.store(to + x, i8x16.narrow_i16x8_u(first, second))
    } else {
      v128.store(sum, i32x4.add(i32x4.shl(upper0, LOWER), lower0))
      v128.store(sum, i32x4.add(i32x4.shl(upper1, LOWER), lower1), 16)
      v128.store(sum, i32x4.add(i32x4.shl(upper2, LOWER), lower2), 32)
      v128.store(sum, i32x4.add(i32x4.shl(upper3, LOWER), lower3), 48)
    }
  }
}
