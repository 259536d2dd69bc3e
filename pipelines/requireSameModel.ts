import type { ModelReference } from '../operators/classifier.js'
import { BlindspotError } from '../operators/errors.js'
import type { Lake } from '../sinks/lake.js'

/**
 * That one name means one network in a data set: whoever reads it goes by the name.
 *
 * @param table what is to be written
 * @throws BlindspotError `bad-option` where the data set has `examples` or `ranks` of another network of that name.
 */
export function requireSameModel(
  lake: Lake,
  { name, weightsHash }: Pick<ModelReference, 'name' | 'weightsHash'>,
  table: 'examples' | 'ranks',
): void {
  const other = [
    ...lake.files({ table: 'examples', partition: { source: name } }),
    ...lake.files({ table: 'ranks', partition: { name } }),
  ].find(({ metadata }) => metadata['weights'] !== undefined && metadata['weights'] !== weightsHash)
  if (other === undefined) return
  throw new BlindspotError(
    'bad-option',
    `${lake.folder} has ${other.table} of another model that is called ${name}; give this one another name with --name, ` +
      `or its ${table} another folder with --out`,
  )
}
