import { BlindspotError } from '../errors.js'
import type { ActivationBatch } from '../records/activation.js'

/** Checks the values of one row of activations: as many as in the rows before, all finite. */
export function requireUnits(batch: ActivationBatch, before: number): number {
  const { model, layer, dataset, split, index, values } = batch
  const where = `${dataset} ${split}, layer ${layer} of ${model}`
  const units = values.length / index.length
  if (batch.label.length !== index.length)
    throw new BlindspotError(
      'bad-data',
      `${where}: expected ${index.length} labels, one an image, got ${batch.label.length}`,
    )
  if (!Number.isInteger(units) || units === 0)
    throw new BlindspotError(
      'bad-data',
      `${where}: expected as many activations of each of ${index.length} images, got ${values.length} in all`,
    )
  if (batch.pre !== undefined && batch.pre.length !== values.length)
    throw new BlindspotError(
      'bad-data',
      `${where}: expected ${values.length} values before the activation function, as after it, got ${batch.pre.length}`,
    )
  if (before !== 0 && units !== before)
    throw new BlindspotError(
      'bad-data',
      `${where}: expected ${before} units, as before, got ${units}; rank one layer at a time`,
    )
  return units
}

/** The error of a row of activations in which not all are finite. */
export function notFinite(batch: ActivationBatch, row: number, units: number): BlindspotError {
  const { model, layer, dataset, split, index, values } = batch
  const unit = values.subarray(row * units, (row + 1) * units).findIndex((value) => !Number.isFinite(value))
  return new BlindspotError(
    'bad-data',
    `${dataset} ${split}, image ${index[row]}: layer ${layer} of ${model}: ` +
      `expected finite activations, got ${values[row * units + unit]} of unit ${unit}; look at the image and at the weights`,
  )
}
