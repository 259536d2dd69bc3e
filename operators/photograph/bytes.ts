import { clip, UNIT_BOX, type Box } from '../minimize/box.js'

/** Largest value of a byte: the box's high end. */
const MOST = 255

/**
 * Pixels as bytes: the box's low end is 0, its high end 255, and what is between goes to the nearest, what is outside to
 * the end. The middle of the box lies halfway and becomes 128, as with halves to even and with halves up; no other
 * float32 of [0, 1] lies halfway.
 */
export function toBytes(pixels: Float32Array, [low, high]: Box = UNIT_BOX): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pixels.length)
  const scale = MOST / (high - low)
  pixels.forEach((value, i) => {
    bytes[i] = Math.round(clip((value - low) * scale, [0, MOST]))
  })
  return bytes
}

/** The pixels that bytes stand for, each the nearest float32. */
export function fromBytes(bytes: Uint8Array, [low, high]: Box = UNIT_BOX): Float32Array {
  // each of the 256 once
  const levels = Float32Array.from({ length: MOST + 1 }, (_, byte) => low + (byte / MOST) * (high - low))
  return Float32Array.from(bytes, (byte) => levels[byte])
}
