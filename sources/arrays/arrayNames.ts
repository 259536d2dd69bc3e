import { BlindspotError } from '../../operators/errors.js'

/** The arrays of a split: images and their labels. */
export interface SplitArrays {
  readonly split: string
  readonly images: string
  readonly labels: string
}

const IMAGES = ['x', 'images', 'image', 'imgs', 'img', 'pixels', 'data', 'arr_0']
const LABELS = ['y', 'labels', 'label', 'targets', 'target', 'arr_1']
const SPLITS: Readonly<Record<string, string>> = {
  train: 'train',
  training: 'train',
  test: 'test',
  testing: 'test',
  val: 'val',
  valid: 'val',
  validation: 'val',
}

/** Of arrays without a split in their names. */
export const ALL = 'all'

/**
 * The splits that arrays make by the names that they usually have: `x_train` and `y_train` (Keras), `train_images` and `train_labels`
 * (MedMNIST), `images` and `labels`, `arr_0` and `arr_1` (of `numpy.savez` without names).
 */
export function splitsOf(names: readonly string[]): readonly SplitArrays[] {
  const found = new Map<string, { images?: string; labels?: string }>()
  for (const name of names) {
    const { kind, split } = meaningOf(name.toLowerCase())
    if (kind === undefined) continue
    const of = found.get(split) ?? {}
    of[kind] ??= name
    found.set(split, of)
  }
  return [...found].flatMap(([split, { images, labels }]) =>
    images === undefined || labels === undefined ? [] : [{ split, images, labels }],
  )
}

function meaningOf(name: string): { readonly kind?: 'images' | 'labels'; readonly split: string } {
  const parts = name.split(/[_-]/)
  for (const [word, rest] of [
    [parts[0], parts.slice(1).join('_')],
    [parts[parts.length - 1], parts.slice(0, -1).join('_')],
  ])
    if (Object.hasOwn(SPLITS, word)) return { ...kindOf(rest), split: SPLITS[word] }
  return { ...kindOf(name), split: ALL }
}

const kindOf = (name: string) =>
  IMAGES.includes(name)
    ? ({ kind: 'images' } as const)
    : LABELS.includes(name)
      ? ({ kind: 'labels' } as const)
      : {}

/** What of a file is asked for. */
interface Asked {
  readonly images?: string | undefined
  readonly labels?: string | undefined
  readonly split?: string | undefined
}

/**
 * The arrays that are read: those that are named, or else of the split that is asked for, or the only one.
 *
 * @throws BlindspotError `bad-data` where there are none, with the arrays that there are; `bad-option` for a split that is not there, or
 * where there are several
 */
export function arraysFor(path: string, names: readonly string[], asked: Asked): SplitArrays {
  const { images, labels, split } = asked
  for (const [option, name] of [
    ['images', images],
    ['labels', labels],
  ] as const)
    if (name !== undefined && !names.includes(name))
      throw new BlindspotError(
        'bad-option',
        `${path}: ${option}: expected an array of ${names.join(', ')}, got ${name}`,
      )
  const splits = splitsOf(names)
  if (images !== undefined && labels !== undefined) return { split: split ?? ALL, images, labels }
  if (images !== undefined || labels !== undefined)
    throw new BlindspotError(
      'bad-option',
      `${path}: expected both images=NAME and labels=NAME, or neither, of ${names.join(', ')}`,
    )
  if (splits.length === 0)
    throw new BlindspotError(
      'bad-data',
      `${path}: expected arrays called x_train and y_train, train_images and train_labels, images and labels or arr_0 and arr_1, ` +
        `got ${names.length === 0 ? 'none' : names.join(', ')}; say which, as npz@images=NAME,labels=NAME:${path}`,
    )
  return pick(path, 'npz@', splits, split)
}

/**
 * The split of its name, or the only one.
 *
 * @param before what a text that names a split has before it, as `npz@`
 */
export function pick<Split extends { readonly split: string }>(
  path: string,
  before: string,
  splits: readonly Split[],
  asked: string | undefined,
): Split {
  const found = splits.find(({ split }) => split === asked) ?? (asked === undefined ? splits[0] : undefined)
  if (found && (asked !== undefined || splits.length === 1)) return found
  const all = splits.map(({ split }) => split)
  throw new BlindspotError(
    'bad-option',
    `${path}: split: expected one of ${all.join(', ')}, got ${asked === undefined ? `none; say which, as in ${before}split=${all[0]}:${path}` : JSON.stringify(asked)}`,
  )
}
