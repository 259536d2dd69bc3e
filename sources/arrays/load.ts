import { createHash } from 'node:crypto'
import { BlindspotError } from '../../operators/errors.js'
import type { Indexed } from '../indexed.js'
import { sha256Of } from '../sha256.js'
import { imagesIn, shapeOfRows } from './arrayImages.js'
import { labelsOf } from './arrayLabels.js'
import { arraysFor } from './arrayNames.js'
import { readNpy, type NpyArray } from './npy.js'
import { npzText, type NpzSourceOptions } from './npzOptions.js'
import { zipMembers } from './zip.js'

/** Finds the arrays of images and labels in an `.npz` file, and reads the labels. */
export async function loadNpz(path: string, options: NpzSourceOptions): Promise<Indexed> {
  const members = await zipMembers(path)
  const arrays = new Map(
    members.flatMap((member) =>
      member.name.endsWith('.npy') ? [[member.name.slice(0, -4), member] as const] : [],
    ),
  )
  const names = arraysFor(path, [...arrays.keys()], options)
  const open = async (name: string): Promise<NpyArray> => {
    const member = arrays.get(name)
    if (member === undefined) throw new BlindspotError('bad-data', `${path}: there is no array ${name}`)
    return readNpy(await member.range())
  }
  const images = await open(names.images)
  const labels = await labelsOf(await open(names.labels))
  if (images.shape[0] !== labels.length)
    throw new BlindspotError(
      'bad-data',
      `${path}: expected as many labels as images, got ${labels.length} in ${names.labels} and ${images.shape[0]} in ${names.images}`,
    )
  if (labels.length === 0)
    throw new BlindspotError('bad-data', `${path}: expected images, got none in ${names.images}`)
  const { shape, planes } = shapeOfRows(images, options)
  const read = npzText({
    ...options,
    ...{ dataset: undefined, split: undefined, half: undefined, shuffle: undefined },
  })
  const hash = createHash('sha256')
    .update(`${names.images} ${names.labels} ${read} ${await sha256Of(path)}`)
    .digest('hex')
    .slice(0, 12)
  return {
    dataset: options.dataset ?? `npz-${hash}`,
    split: names.split,
    ...{ hash, shape, labels },
    pixels: imagesIn(images, { shape, planes, scale: options.scale }),
  }
}
