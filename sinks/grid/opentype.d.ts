/**
 * opentype.js 2: the part of it that is used. It has no types of its own; those for version 1 bring the DOM with
 * them.
 */
declare module 'opentype.js' {
  /** `M` and `L` go to (x, y), `Q` and `C` by way of (x1, y1), (x2, y2); y points down. */
  export type Command =
    | { readonly type: 'M' | 'L'; readonly x: number; readonly y: number }
    | { readonly type: 'Q'; readonly x1: number; readonly y1: number; readonly x: number; readonly y: number }
    | { readonly type: 'Z' }

  export interface Glyph {
    readonly index: number
    /** How far the next glyph is, in units of the font. */
    readonly advanceWidth: number
    getPath(x: number, baseline: number, size: number): { readonly commands: readonly Command[] }
  }

  export interface Font {
    readonly unitsPerEm: number
    charToGlyph(character: string): Glyph
  }

  const opentype: { parse(bytes: ArrayBuffer): Font }
  export default opentype
}
