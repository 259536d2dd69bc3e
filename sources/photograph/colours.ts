/** [pixels × 3] RGB of [pixels × 4] CMYK, by Pillow's formula: what a colour's ink leaves of what black leaves. */
export function rgbOfCmyk(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3)
  for (let from = 0, to = 0; from < cmyk.length; from += 4, to += 3) {
    const light = 255 - cmyk[from + 3]
    for (let c = 0; c < 3; c++) rgb[to + c] = light - by255(cmyk[from + c] * light)
  }
  return rgb
}

/** A product of two of 0..255 over 255, rounded. */
function by255(product: number): number {
  const half = product + 128
  return ((half >> 8) + half) >> 8
}

/** [pixels × 3] RGB of [pixels] grey of 16 bits: Pillow keeps the values, and has white for all above 255. */
export function rgbOfGrey16(grey: Uint16Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3)
  for (let i = 0; i < grey.length; i++) rgb.fill(Math.min(255, grey[i]), 3 * i, 3 * i + 3)
  return rgb
}
