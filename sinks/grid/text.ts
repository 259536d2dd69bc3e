import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Font } from 'opentype.js'
import { drawOutline, type Point } from './outline.js'
import type { Picture } from './picture.js'

/** Pieces of a curve: at the sizes of captions closer to it than a hundredth of a pixel. */
const PIECES = 8

/** Width of a line in pixels. */
export function textWidth(text: string, size: number): number {
  const { unitsPerEm } = font()
  return glyphs(text).reduce((width, { advanceWidth }) => width + (advanceWidth / unitsPerEm) * size, 0)
}

/**
 * Draws a line of text in black, in DejaVu Sans, a glyph that the font lacks as its box.
 *
 * Sizes of 11, 16.5 and 22 pixels make the heights of x and X whole pixels, so that their edges are sharp.
 *
 * @param x left edge
 * @param baseline whole, for the same reason
 */
export function drawText(picture: Picture, text: string, x: number, baseline: number, size: number): void {
  let left = x
  for (const glyph of glyphs(text)) {
    drawOutline(picture, contours(glyph.getPath(left, baseline, size)))
    left += (glyph.advanceWidth / font().unitsPerEm) * size
  }
}

/** Breaks text between words so that no line is wider, but for a single word; breaks in it are kept. */
export function wrapText(text: string, size: number, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    for (const word of paragraph.split(' ')) {
      const longer = lines.length > 0 ? `${lines[lines.length - 1]} ${word}` : word
      if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer
      else lines.push(word)
    }
    return lines
  })
}

// one by one: no substitutions, of which the parser knows too few for this font
const glyphs = (text: string) => Array.from(text, (character) => font().charToGlyph(character))

let parsed: Font | undefined

function font(): Font {
  if (parsed) return parsed
  const require = createRequire(import.meta.url)
  const path = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')
  // when a first picture has a caption: the parser takes a fifth of a second to load
  const opentype = require('opentype.js') as (typeof import('opentype.js'))['default']
  parsed = opentype.parse(Uint8Array.from(readFileSync(path)).buffer)
  return parsed
}

/** Closed polygons of a glyph's outline. */
function contours({ commands }: ReturnType<ReturnType<Font['charToGlyph']>['getPath']>): Point[][] {
  const all: Point[][] = []
  let points: Point[] = []
  for (const command of commands) {
    if (command.type === 'Z') continue
    const { x, y } = command
    if (command.type === 'M') all.push((points = []))
    if (command.type === 'Q') {
      const from = points[points.length - 1]
      for (let piece = 1; piece < PIECES; piece++) {
        const t = piece / PIECES
        const at = (a: number, b: number, c: number) =>
          (1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c
        points.push({ x: at(from.x, command.x1, x), y: at(from.y, command.y1, y) })
      }
    }
    points.push({ x, y })
  }
  return all
}
