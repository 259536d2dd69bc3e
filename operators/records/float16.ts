/** Numbers of 16 bits, IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */

/** The value of a float16 from its bits. */
export function fromFloat16(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

/** The value of each of the 65,536. */
let all: Float32Array | undefined

/** [n] values from their bits. */
export function fromFloat16s(bits: Uint16Array): Float32Array {
  const values = (all ??= Float32Array.from({ length: 2 ** 16 }, (_, word) => fromFloat16(word)))
  const own = new Float32Array(bits.length)
  for (let i = 0; i < own.length; i++) own[i] = values[bits[i]]
  return own
}

/** Bits of the least float32 that rounds to infinity, 65520; of the least normal float16, 2^−14; of infinity. */
const [OVERFLOW, NORMAL, INFINITE] = [0x477ff000, 0x38800000, 0x7f800000]
/** The exponents' biases are 127 and 15 apart, 13 bits of the fraction go. */
const REBIAS = (127 - 15) << 23

/** [n] the bits of the float16 nearest to each value; of two as near the one whose last bit is 0. */
export function toFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const own = new Uint16Array(words.length)
  for (let i = 0; i < own.length; i++)
    own[i] = ((words[i] >>> 16) & 0x8000) | magnitude(words[i] & 0x7fffffff)
  return own
}

const scratch = new Float32Array(1)
const scratchBits = new Uint32Array(scratch.buffer)

function magnitude(bits: number): number {
  // a NaN stays one, quiet, with what of its payload has room
  if (bits > INFINITE) return 0x7e00 | ((bits >>> 13) & 0x1ff)
  if (bits >= OVERFLOW) return 0x7c00
  if (bits >= NORMAL) return (bits - REBIAS + 0xfff + ((bits >>> 13) & 1)) >>> 13
  // multiples of 2^−24; a float64 holds the product
  scratchBits[0] = bits
  const multiple = scratch[0] * 2 ** 24
  const whole = Math.floor(multiple)
  const rest = multiple - whole
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole
}
