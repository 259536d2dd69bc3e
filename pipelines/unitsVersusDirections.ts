import type { RankOptions } from '../operators/rank.js'
import { untrainedClassifier } from '../operators/tensor/training/untrained.js'
import type { Verdict } from '../sinks/report/content.js'
import type { PrintedTable } from '../sinks/table.js'
import type { Measure } from './tables/compareBases.js'
import { withModels } from './errorRows.js'
import type { SourceExamples } from './examplesFor.js'
import type { Experiment, ResultTable } from './paperSteps.js'
import { RANKED_NETWORKS } from './tables/published.js'
import { rankInto, type RankFiles } from './steps/rank.js'
import { summaryOf } from './rankModel.js'
import { SHOWN_IMAGES } from './tables/shownDirections.js'
import { quickNote } from './table1Format.js'
import { unitsTable } from './unitsTable.js'

export interface UnitsVersusDirections {
  /** Purity at the paper's row length alone: what fits a terminal. */
  readonly printed: PrintedTable
  readonly purity: ResultTable
  readonly entropy: ResultTable
  readonly verdict: Verdict | undefined
  /** Of the layers, as the data set names them. */
  readonly runs: readonly string[]
}

/** What the terminal has no room for. */
const PRINCIPAL = ['principal', 'principal, centred']
/** Test images that are ranked with `quick`. */
const QUICK_IMAGES = 2000

/**
 * The paper's section 3 with a number: the test images, which no network was trained on, ranked along the units of every
 * hidden layer of three networks, along as many Gaussian directions, a random rotation and the principal components (those
 * with and without the mean), and along those of the controls, the pixels and the network untrained; and how alike the labels
 * of the first and the last images are.
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
  const networks = sources.filter(({ name }) => RANKED_NETWORKS.includes(name))
  await withModels(networks, async (models) => {
    for (const [i, model] of models.entries()) {
      const untrained = await untrainedClassifier(networks[i].model.folder, model)
      try {
        // the last layer's are the logits
        for (const layer of model.layers.slice(0, -1)) {
          const files = await rankInto(
            lake,
            {
              ...{ model, layer, activations: {}, passes, provenance },
              controls: { pixels: true, untrained },
              ...{ images: () => test.open(0, count), count, selection: { ...test.selection, count } },
            },
            experiment,
          )
          await lake.verify(Object.values(files))
          ranked.push(files)
        }
      } finally {
        untrained?.dispose()
      }
    }
  })
  const summary = await summaryOf(ranked)
  const table = (measure: Measure, only: Parameters<typeof unitsTable>[2] = {}): ResultTable => {
    const { printed, tidy } = unitsTable(summary, measure, only)
    const notes = quick ? [quickNote(images.count, limit), ...printed.notes] : printed.notes
    return { tidy, printed: { ...printed, notes } }
  }
  const { printed } = table('purity', { k: SHOWN_IMAGES, without: PRINCIPAL })
  return {
    printed: {
      ...printed,
      notes: [
        ...printed.notes,
        'k 4, 16 and 64, entropy, principal components: purity.md, entropy.md; comparisons of the top and of the bottom: the .csv',
      ],
    },
    ...{ purity: table('purity'), entropy: table('entropy'), verdict: summary.verdict },
    runs: ranked.map(({ ranks }) => ranks.step),
  }
}
