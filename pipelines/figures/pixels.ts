import { BlindspotError } from '../../operators/errors.js'
import { UNIT_BOX, type Box } from '../../operators/minimize/box.js'
import type { ImageShape } from '../../operators/records/image.js'
import { levelOf } from '../../operators/records/payload.js'
import type { Database } from '../../sources/duckdb.js'
import { literal } from '../../sources/duckdbScan.js'
import { namesOfClasses } from '../../sources/classNames.js'

/** What a file of a table notes of its images. */
export interface ImageNote {
  readonly shape: ImageShape
  /** Least and largest value of a pixel; [0, 1] where it is left out. */
  readonly box?: Box
  /** Whether its images are stored as codes of levels of the box. */
  readonly coded?: boolean
  /** Names of the classes by their labels, where the file tells them. */
  readonly classes?: readonly string[]
  /** Whether labels are what a network takes the images for, which have none that it knows. */
  readonly predicted?: boolean
}

/** Said of images whose labels are what a network says. */
export const predictedText = (images: readonly { readonly pixels: ImageNote }[]): string =>
  images.some(({ pixels }) => pixels.predicted) ? '; labels are what it takes the photographs for' : ''

/** An image, and what became of it where it was changed: values in the order of its shape. */
export interface Pixels extends ImageNote {
  readonly original: Float32Array
  readonly changed: Float32Array | undefined
}

interface Note {
  readonly file: string
  readonly name: 'shape' | 'box' | 'blindspot' | 'blindspot.payload'
  readonly value: string
}

/** Whether a figure can show images of a shape: grey or RGB. */
export const canShow = ([, , channels]: ImageShape): boolean => channels === 1 || channels === 3

/** What the footers of some files note of their images; nothing of a file that does not say of what shape they are. */
export async function imageNotes(
  database: Database,
  files: readonly string[],
): Promise<ReadonlyMap<string, ImageNote>> {
  const once = [...new Set(files)]
  if (once.length === 0) return new Map()
  const noted = await database.rows<Note>(
    `SELECT file_name AS file, decode(key) AS name, decode(value) AS value
FROM parquet_kv_metadata([${once.map(literal).join(', ')}])
WHERE key IN ('shape'::BLOB, 'box'::BLOB, 'blindspot'::BLOB, 'blindspot.payload'::BLOB)`,
  )
  const values = new Map(noted.map(({ file, name, value }) => [`${name} ${file}`, value]))
  return new Map(
    once.flatMap((file): readonly (readonly [string, ImageNote])[] => {
      const shape = shapeOf(values.get(`shape ${file}`))
      const box = boxOf(values.get(`box ${file}`))
      return shape
        ? [
            [
              file,
              {
                shape,
                ...(box && { box }),
                ...(values.get(`blindspot.payload ${file}`) === 'uint8' && { coded: true }),
                ...labelsIn(values.get(`blindspot ${file}`)),
              },
            ],
          ]
        : []
    }),
  )
}

/** A shape as our writers note it; others note none, or something else. */
function shapeOf(text = ''): ImageShape | undefined {
  const found = /^\[(\d+),(\d+),(\d+)\]$/.exec(text)
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : undefined
}

function boxOf(text = ''): Box | undefined {
  const [low, high] = text.match(/[^[\],\s]+/g)?.map(Number) ?? []
  return low < high && high - low < Infinity ? [low, high] : undefined
}

/** What a step notes in the provenance of its images' labels. */
function labelsIn(text = '{}'): Pick<ImageNote, 'classes' | 'predicted'> {
  try {
    const { images } = JSON.parse(text) as {
      readonly images?: { readonly classes?: unknown; readonly labels?: unknown }
    }
    const classes = namesOfClasses(images?.classes)
    return { ...(classes && { classes }), ...(images?.labels === 'predicted' && { predicted: true }) }
  } catch {
    // a footer of somebody else's
    return {}
  }
}

/** How many values an image has. */
export const valuesOf = ([height, width, channels]: ImageShape): number => height * width * channels

/**
 * An image as DuckDB has it; undefined where its file does not say of what shape it is, or it has another.
 *
 * @throws BlindspotError `bad-data`, naming file, column and row, for values that are not there or not in the noted box.
 */
export function imageOf(
  stored: readonly (number | null)[],
  note: ImageNote | undefined,
  { filename, column, row }: { readonly filename: string; readonly column: string; readonly row: number },
): Float32Array | undefined {
  const levels = note?.coded ? (note.box ?? UNIT_BOX) : undefined
  const values = levels ? stored.map((code) => (code === null ? null : levelOf(code, levels))) : stored
  const [low, high] = note?.box ?? [-Number.MAX_VALUE, Number.MAX_VALUE]
  const odd = values.find((value) => value === null || !(value >= low && value <= high))
  if (odd !== undefined)
    throw new BlindspotError(
      'bad-data',
      `${filename}: column ${column}, row ${row}: expected ${note?.box ? `values from ${low} to ${high}` : 'finite values'}, got ${String(odd)}`,
    )
  return note && values.length === valuesOf(note.shape)
    ? Float32Array.from(values as readonly number[])
    : undefined
}
