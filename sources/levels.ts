/** Pixels in float32 by their byte: byte / 255. */
const LEVELS = Float32Array.from({ length: 256 }, (_, byte) => byte / 255)

/** Writes bytes as pixels from 0 to 1, from a place on. */
export function writePixels(bytes: Uint8Array, pixels: Float32Array, from = 0): void {
  for (let i = 0; i < bytes.length; i++) pixels[from + i] = LEVELS[bytes[i]]
}
