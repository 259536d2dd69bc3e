import { adversarialRow, noiseRow, withModels } from './errorRows.js'
import { formatErrorTable, type ErrorRow } from './errorTable.js'
import type { SourceExamples } from './examplesFor.js'
import type { Experiment, ResultTable } from './paperSteps.js'
import { NOISE, PUBLISHED_TABLE_1, PUBLISHED_TABLE_2 } from './tables/published.js'

/**
 * Table 2: every network's error on the examples made for every network, and on Gaussian noise of the same images.
 */
export async function table2(
  experiment: Experiment,
  sources: readonly SourceExamples[],
): Promise<ResultTable> {
  const rows: ErrorRow[] = []
  await withModels(sources, async (models) => {
    for (const source of sources) rows.push(await adversarialRow(experiment, source, models))
    for (const stddev of NOISE) rows.push(await noiseRow(experiment, experiment.images, stddev, models))
  })
  return formatErrorTable(experiment, rows, {
    table: 'Table 2',
    victims: PUBLISHED_TABLE_1.map(({ name }) => ({ name, label: name })),
    label: (row) => row,
    published: PUBLISHED_TABLE_2,
    images: 'training images',
    trained: experiment.images.count,
    file: 'table2',
  })
}
