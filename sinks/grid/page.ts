import type { ImageShape } from '../../operators/records/image.js'
import { Picture } from './picture.js'
import { drawText, textWidth, wrapText } from './text.js'

/** An image of a grid and what is written below it. */
export interface Tile {
  /** [height × width × channels], shown clamped to [0, 1]. */
  readonly pixels: Float32Array
  /** One channel, grey, or three, RGB. */
  readonly shape: ImageShape
  readonly caption: string
  /** A line above the tile, from its left edge, as long as it is: over the tiles of its row. */
  readonly heading?: string
}

export interface GridLayout {
  readonly columns: number
  /** Pixels of the page per pixel of an image, each way. */
  readonly scale: number
  /** Columns that stand close together. */
  readonly group: number
}

// in pixels of the page; height: of a capital letter, line: from one baseline to the next
const MARGIN = 24
const GAP = 16
const GAP_IN_GROUP = 4
const TITLE = { size: 22, height: 16, line: 30 }
const CAPTION = { size: 16.5, height: 12, line: 22 }
const ABOVE_CAPTION = 6
const BELOW_HEADING = 6

type TextStyle = typeof TITLE

/** Draws tiles of one shape row by row, captions centred below them, the title centred above; text wraps. */
export function drawPage(
  tiles: readonly Tile[],
  title: string,
  { columns, scale, group }: GridLayout,
): Picture {
  const [height, width, channels] = tiles[0].shape
  const across = Math.min(columns, tiles.length)
  const down = Math.ceil(tiles.length / columns)
  const cell = Math.max(width * scale, ...tiles.map(({ caption }) => widestWord(caption, CAPTION)))
  // groups are as many times as far apart as their images, which captions may keep from each other
  const between = group === 1 ? GAP_IN_GROUP : cell - width * scale + GAP_IN_GROUP
  const apart = (GAP / GAP_IN_GROUP - 1) * between
  const left = (column: number) => column * (cell + GAP_IN_GROUP) + Math.floor(column / group) * apart
  const grid = left(across - 1) + cell
  const inner = Math.max(grid, widestWord(title, TITLE))
  const heading = wrapText(title, TITLE.size, inner)
  const captions = tiles.map(({ caption }) => wrapText(caption, CAPTION.size, cell))
  const top = MARGIN + (title === '' ? 0 : blockHeight(heading, TITLE) + GAP)
  const below = Math.max(
    ...captions.map((lines) => (lines.join('') === '' ? 0 : ABOVE_CAPTION + blockHeight(lines, CAPTION))),
  )
  const above = tiles.some(({ heading }) => heading !== undefined) ? CAPTION.height + BELOW_HEADING : 0
  const pitch = above + height * scale + below + GAP

  const picture = new Picture(inner + 2 * MARGIN, top + down * pitch - GAP + MARGIN, channels)
  drawCentred(picture, heading, MARGIN + inner / 2, MARGIN, TITLE)
  tiles.forEach(({ pixels, shape, heading }, i) => {
    const x = MARGIN + Math.floor((inner - grid) / 2) + left(i % columns)
    const y = top + Math.floor(i / columns) * pitch + above
    if (heading !== undefined) drawText(picture, heading, x, y - BELOW_HEADING, CAPTION.size)
    picture.enlarge(pixels, shape, x + Math.floor((cell - width * scale) / 2), y, scale)
    drawCentred(picture, captions[i], x + cell / 2, y + height * scale + ABOVE_CAPTION, CAPTION)
  })
  return picture
}

function drawCentred(
  picture: Picture,
  lines: readonly string[],
  middle: number,
  top: number,
  { size, height, line }: TextStyle,
): void {
  lines.forEach((text, i) =>
    drawText(picture, text, Math.round(middle - textWidth(text, size) / 2), top + height + i * line, size),
  )
}

const blockHeight = (lines: readonly string[], { height, line }: TextStyle) =>
  height + (lines.length - 1) * line

const widestWord = (text: string, { size }: TextStyle) =>
  Math.ceil(Math.max(...text.split(/[ \n]/).map((word) => textWidth(word, size))))
