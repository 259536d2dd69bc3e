import { DataType, Precision, type Schema } from 'apache-arrow'
import { BlindspotError } from '../../operators/errors.js'
import { isBytes } from '../encodedImages.js'
import type { StoredOptions } from '../storedOptions.js'
import { isList } from './nestedNumbers.js'

/** A column of a file, with its type in words such as `list<uint8>`. */
export interface NamedType {
  readonly name: string
  readonly type: string
}

/** The columns of images and labels of a file. */
export interface ImageColumns {
  readonly image: string
  /** Whether images are encoded, as PNG or JPEG; else they are lists of numbers. */
  readonly isEncoded: boolean
  /** Undefined where the images have no labels. */
  readonly label: string | undefined
}

/** Names that a column of images usually has, and one of labels: the first that there is. */
const IMAGES = ['image', 'images', 'pixels', 'img']
const LABELS = ['label', 'labels', 'target', 'class', 'fine_label']

const isNumbers = ({ type }: NamedType) => /^(list<)+u?(int|float)\d+>+$/.test(type)
const isEncoded = ({ type }: NamedType) => type === 'binary' || /^struct<(.*, )?bytes binary\b.*>$/.test(type)
const isImages = (column: NamedType) => isNumbers(column) || isEncoded(column)
const isLabels = ({ type }: NamedType) => /^u?int\d+$/.test(type)

/**
 * The columns that are images and labels: those that are asked for, or else of the usual names, or of images the only one that can
 * be.
 *
 * @throws BlindspotError `bad-option`, with the columns that there are and the option that names one
 */
export function imageColumns(
  path: string,
  columns: readonly NamedType[],
  { image, label }: Pick<StoredOptions, 'image' | 'label'>,
): ImageColumns {
  const found = image === undefined ? likely(columns) : columns.find(({ name }) => name === image)
  const there = columns.map(({ name, type }) => `${name} ${type}`).join(', ')
  if (found === undefined || !isImages(found))
    throw new BlindspotError(
      'bad-option',
      `${path}: expected ${image === undefined ? 'a column' : `the column ${image}`} of images, as lists of numbers or as encoded bytes` +
        `${image === undefined ? `, called ${IMAGES.join(', ')} or the only one; name it, as image=COLUMN` : ''}; its columns are ${there}`,
    )
  if (label !== undefined && !columns.some(({ name }) => name === label))
    throw new BlindspotError(
      'bad-option',
      `${path}: expected the column ${label} of labels; its columns are ${there}`,
    )
  const labels = LABELS.map((name) => columns.find((column) => column.name === name))
  return {
    image: found.name,
    isEncoded: isEncoded(found),
    label: label ?? labels.find((column) => column !== undefined && isLabels(column))?.name,
  }
}

/** What is said of files in which no column is taken for labels. */
export function withoutLabels(columns: readonly NamedType[]): string {
  const named = columns.find(({ name }) => LABELS.includes(name))
  const there = columns.map(({ name, type }) => `${name} ${type}`).join(', ')
  return named === undefined
    ? `no column is taken for labels, as none is called ${LABELS.join(', ')}; name it, as label=COLUMN; its columns are ${there}`
    : `its column ${named.name} is ${named.type}, not whole numbers, and not taken for labels; name a column of classes, as label=COLUMN; its columns are ${there}`
}

function likely(columns: readonly NamedType[]): NamedType | undefined {
  const able = columns.filter(isImages)
  const named = IMAGES.map((name) => able.find((column) => column.name === name)).find((one) => one)
  return named ?? (able.length === 1 ? able[0] : undefined)
}

/** The columns of an Arrow schema, in the same words. */
export const columnsOf = ({ fields }: Schema): readonly NamedType[] =>
  fields.map(({ name, type }) => ({ name, type: typeText(type as DataType) }))

const FLOATS = { [Precision.HALF]: 16, [Precision.SINGLE]: 32, [Precision.DOUBLE]: 64 }

function typeText(type: DataType): string {
  if (DataType.isInt(type)) return `${type.isSigned ? '' : 'u'}int${type.bitWidth}`
  if (DataType.isFloat(type)) return `float${FLOATS[type.precision]}`
  if (isBytes(type)) return 'binary'
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) return 'utf8'
  const children = (type.children as Schema['fields'] | null) ?? []
  const inside = children.map((child) => typeText(child.type as DataType))
  if (isList(type)) return `list<${inside[0]}>`
  if (DataType.isStruct(type))
    return `struct<${children.map(({ name }, i) => `${name} ${inside[i]}`).join(', ')}>`
  return type.toString.call(type)
}
