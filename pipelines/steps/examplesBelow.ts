import { BlindspotError } from '../../operators/errors.js'
import { requireText } from '../../operators/options/requireKinds.js'
import { openLake } from '../../sinks/lake/openLake.js'
import { files } from '../../sources/files.js'
import { above, absolute, lastOf, within } from '../../sources/place.js'
import { disk } from '../../sources/store.js'
import type { StepExamples } from './examples.js'

/**
 * The examples of a path, as a command line has them: of a data set, or of its table, those of each step; of another folder,
 * or a file, those of each file.
 *
 * @throws BlindspotError `bad-option` for a data set without examples, or where there is nothing
 */
export async function examplesBelow(
  path: string,
): Promise<readonly Extract<StepExamples, { path: string }>[]> {
  requireText('examplesBelow', path, 'the path of a data set, a folder or a file')
  const folder = (await isDataSet(path))
    ? path
    : (await isDataSet(above(absolute(path))))
      ? above(absolute(path))
      : undefined
  if (folder === undefined || (folder !== path && lastOf(path) !== 'examples'))
    return (await files(path, '.parquet')).map((file) => ({ path: absolute(file) }))
  const committed = await (await openLake(folder, { readOnly: true })).files({ table: 'examples' })
  if (committed.length === 0)
    throw new BlindspotError(
      'bad-option',
      `${folder}: the data set has no table examples; make it with blindspot attack`,
    )
  const runs = committed.map(({ step, metadata: { run } }) => (typeof run === 'string' ? run : step))
  return [...new Set(runs)].map((step) => ({ path: absolute(folder), step }))
}

const isDataSet = async (folder: string) => (await disk.stat(within(folder, 'manifest.json'))) !== undefined
