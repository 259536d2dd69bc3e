import type { RankOptions } from '../operators/rank.js'
import type { Verdict } from '../sinks/report/content.js'
import type { PrintedTable } from '../sinks/table.js'
import type { Measure } from './compareBases.js'
import { withModels } from './errorRows.js'
import type { SourceExamples } from './examplesFor.js'
import type { Experiment, ResultTable } from './experiment.js'
import { RANKED_NETWORKS } from './published.js'
import { rankFigures } from './rankFigures.js'
import { rankInto, type RankFiles } from './rankInto.js'
import { summaryOf } from './rankModel.js'
import { SHOWN_IMAGES } from './shownDirections.js'
import { quickNote } from './table1Format.js'
import { unitsTable } from './unitsTable.js'
import { RANDOM_BASES } from './unitsVerdict.js'

export interface UnitsVersusDirections {
  /** Purity at the paper's row length alone: what fits a terminal. */
  readonly printed: PrintedTable
  readonly purity: ResultTable
  readonly entropy: ResultTable
  readonly verdict: Verdict | undefined
  /** PNG files: of each layer the most coherent rows, and rows drawn at random. */
  readonly figures: readonly string[]
}

/** Test images that are ranked with `quick`. */
const QUICK_IMAGES = 2000

/**
 * The paper's section 3 with a number: the test images, which no network was trained on, ranked along the units of every
 * hidden layer of three networks, along as many Gaussian directions, a random rotation and the principal components (those
 * with and without the mean), and how alike the labels of the first and the last images are.
 */
export async function unitsVersusDirections(
  experiment: Experiment,
  sources: readonly SourceExamples[],
): Promise<UnitsVersusDirections> {
  const { lake, seed, provenance, quick, limit, images } = experiment
  const test = await experiment.test()
  const count = quick ? Math.min(QUICK_IMAGES, test.count) : test.count
  const passes: readonly RankOptions[] = [
    { basis: ['unit', 'gaussian', 'rotation', 'principal'], seed },
    { basis: 'principal', center: true, control: false, seed },
  ]
  const ranked: RankFiles[] = []
  const figures: string[] = []
  const networks = sources.filter(({ name }) => RANKED_NETWORKS.includes(name))
  await withModels(networks, async (models) => {
    for (const model of models)
      // the last layer's are the logits
      for (const layer of model.layers.slice(0, -1)) {
        const files = await rankInto(
          lake,
          {
            ...{ model, layer, activations: {}, passes, provenance },
            ...{ images: () => test.open(0, count), count, selection: { ...test.selection, count } },
          },
          experiment,
        )
        await lake.verify(Object.values(files))
        ranked.push(files)
        figures.push(...(await rankFigures(lake.folder, files)))
      }
  })
  const { coherence, differences, verdict } = await summaryOf(ranked)
  const table = (measure: Measure, only: { readonly k?: number } = {}): ResultTable => {
    const { printed, tidy } = unitsTable(coherence, differences, measure, { against: RANDOM_BASES, ...only })
    const notes = quick ? [quickNote(images.count, limit), ...printed.notes] : printed.notes
    return { tidy, printed: { ...printed, notes } }
  }
  const { printed } = table('purity', { k: SHOWN_IMAGES })
  return {
    printed: {
      ...printed,
      notes: [...printed.notes, 'k 4, 16 and 64, entropy: purity.md, entropy.md; the last images: the .csv'],
    },
    ...{ purity: table('purity'), entropy: table('entropy'), verdict, figures },
  }
}
