import { adversarialRow, amplifiedRow, noiseRow, withModels } from './errorRows.js'
import { formatErrorTable, type ErrorRow } from './errorTable.js'
import type { SourceExamples } from './examplesFor.js'
import type { Experiment, ResultTable } from './paperSteps.js'
import {
  AMPLIFIED,
  NOISE_BESIDE_AMPLIFIED,
  NOISE_BESIDE_EXAMPLES,
  PUBLISHED_TABLE_3,
  PUBLISHED_TABLE_4,
} from './tables/published.js'

export interface Table4Options {
  /** Also the paper's formula as it is written, x + 0.1 (x′ − x) / ‖x′ − x‖₂: an L2 norm of 0.1. */
  readonly literal?: boolean | undefined
}

/**
 * Table 4: the examples of Table 3's networks, fed to those of other shape or trained on other images, at their own size
 * and amplified, and Gaussian noise of both sizes. On test images, as its noise rows, all near the test error, say.
 */
export async function table4(
  experiment: Experiment,
  sources: readonly SourceExamples[],
  { literal = false }: Table4Options = {},
): Promise<ResultTable> {
  const test = await experiment.test()
  const rows: ErrorRow[] = []
  await withModels(sources, async (models) => {
    const amplified = async (norm: 'rms' | 'l2') => {
      for (const source of sources)
        rows.push(await amplifiedRow(experiment, source, AMPLIFIED, { norm }, models))
    }
    for (const source of sources) rows.push(await adversarialRow(experiment, source, models))
    rows.push(await noiseRow(experiment, test, NOISE_BESIDE_EXAMPLES, models))
    await amplified('rms')
    if (literal) await amplified('l2')
    rows.push(await noiseRow(experiment, test, NOISE_BESIDE_AMPLIFIED, models))
  })
  return formatErrorTable(experiment, rows, {
    table: 'Table 4',
    victims: PUBLISHED_TABLE_3,
    label: (row) => PUBLISHED_TABLE_3.reduce((text, { name, label }) => text.replace(name, label), row),
    published: PUBLISHED_TABLE_4,
    images: 'test images',
    trained: (await experiment.half('P1')).count,
    notes: [
      'RMS 0.1: every perturbation rescaled to that size, those larger before are smaller then and may no longer fool',
    ],
    file: 'table4',
  })
}
