import type { ModelReference } from '../../operators/classifier.js'
import { BlindspotError } from '../../operators/errors.js'
import type { FileQuery, LakeFile } from '../../sinks/lake/lake.js'

/**
 * Checks that one name means one network in a data set: whoever reads it goes by the name.
 *
 * @param table what is to be written
 * @throws BlindspotError `bad-option` where the data set has trained another network of that name, or has `examples`,
 * `searches`, `ranks` or `scores` of one.
 */
export function requireSameModel(
  lake: {
    readonly folder: string
    readonly files: (query: FileQuery) => readonly Pick<LakeFile, 'table' | 'step' | 'metadata'>[]
  },
  { name, weightsHash }: Pick<ModelReference, 'name' | 'weightsHash'>,
  table: 'models' | 'examples' | 'searches' | 'ranks' | 'scores',
): void {
  const known = [
    ...lastOfEach(lake.files({ table: 'models', partition: { name } })),
    ...lake.files({ table: 'examples', partition: { source: name } }),
    ...lake.files({ table: 'searches', partition: { source: name } }),
    ...lake.files({ table: 'ranks', partition: { name } }),
  ].map((file) => ({ of: file.table, weights: file.metadata['weights'] }))
  const victims = lake
    .files({ table: 'scores' })
    .map(({ metadata }) => ({ of: 'scores', weights: victimsOf(metadata)[name] }))
  const other = [...known, ...victims].find(({ weights }) => weights !== undefined && weights !== weightsHash)
  if (other === undefined) return
  throw new BlindspotError(
    'bad-option',
    `${lake.folder} has ${other.of} of another model that is called ${name}, of other weights or another preprocessing; ` +
      (table === 'models'
        ? 'train this one under another name, or in another folder'
        : `give its ${table} another folder with --out, or this one another name: ` +
          `${NAMED_BY_CALL.includes(table) ? '--name of attack and rank, or ' : ''}userDefinedMetadata.blindspot.model in its model.json`),
  )
}

/** Tables of commands that take a --name, which not all do that write them. */
const NAMED_BY_CALL: readonly string[] = ['examples', 'ranks']

/** The last file of each step: a model that was lost is trained again. */
const lastOfEach = <F extends { readonly step: string }>(files: readonly F[]): readonly F[] => [
  ...new Map(files.map((file) => [file.step, file])).values(),
]

/** The weights of the models whose scores a file has, by name; none in files of an earlier version. */
export function victimsOf(metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const victims = metadata['victims']
  return typeof victims === 'object' && victims !== null ? (victims as Readonly<Record<string, unknown>>) : {}
}
