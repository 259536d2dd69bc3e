import type { ReportPlot } from '../../sinks/report/content.js'
import { histogram, searchPath, type Bin } from '../../sinks/report/plots.js'
import type { Database } from '../../sources/duckdb.js'
import { attackNames } from '../tables/attackNames.js'
import { arePublished, PUBLISHED_TABLE_1, PUBLISHED_TABLE_3 } from '../tables/published.js'
import { inOrder, randomAttack, type Attack, type Measured } from '../tables/measured.js'
import { HISTOGRAM, SEARCHES, type HistogramRow, type SearchRow } from '../tables/queries.js'
import { extent, many } from '../tables/words.js'

/** The histogram of distortions per network: of random targets, where it has them, else of each attack; named where there are several. */
export async function histogramPlot(database: Database, measured: Measured): Promise<ReportPlot> {
  const rows = await database.rows<HistogramRow>(HISTOGRAM)
  const models = inOrder(rows.map((row) => row.source_model))
  const nameOf = attackNames(measured.attacks)
  const panels = models.flatMap((model) => {
    const attacks = measured.attacks.filter(
      ({ sourceModel, distortion }) => sourceModel === model && distortion.n > 0,
    )
    const random = randomAttack(measured, model)
    return (random ? [random] : attacks).map((attack) => {
      const isAlone = attack === random && attacks.length === 1
      const name = isAlone ? model : `${model}, ${nameOf(attack)}`
      return { name, attack, paper: paperOf(model, attack), bins: binsOf(rows, attack) }
    })
  })
  const every = panels.flatMap(({ bins }) => bins)
  const [, most] = extent(every.map(({ high }) => high))
  const [, highest] = extent(every.map(({ share }) => 100 * share))
  return {
    id: 'histogram',
    title: 'Distortions',
    description:
      'How far the images of each network had to be moved: RMS distortion of the examples, for random targets where the panel says nothing else. ' +
      `The line is the mean${panels.some(({ paper }) => paper !== undefined) ? ', the dashed one the paper’s' : ''}.`,
    panels: panels.map(({ name, attack, paper, bins }) => ({
      file: name,
      name,
      svg: histogram(bins, {
        most,
        highest,
        mean: attack.distortion.value,
        paper,
        label: `Histogram of the distortions of ${name}, mean ${attack.distortion.value.toFixed(4)}`,
      }),
    })),
    columns: ['network', 'distortion from', 'to', 'share of images %'],
    rows: panels.flatMap(({ name, bins }) =>
      bins.map(({ low, high, share }) => [name, low.toFixed(4), high.toFixed(4), (100 * share).toFixed(2)]),
    ),
    query: HISTOGRAM,
  }
}

function binsOf(rows: readonly HistogramRow[], { sourceModel: model, run }: Attack): readonly Bin[] {
  const own = rows.filter((row) => row.source_model === model && row.run === run)
  const all = own.reduce((sum, { images }) => sum + images, 0)
  return own.map(({ low, bin, images }) => ({ low, high: low + bin, share: images / all }))
}

/** The paper's distortion of a network, where the attack is on the images that the paper's number is of. */
function paperOf(model: string, attack: Attack): number | undefined {
  if (attack.goal !== 'random') return undefined
  const published = arePublished(attack, 'train')
    ? PUBLISHED_TABLE_1
    : arePublished(attack, 'test')
      ? PUBLISHED_TABLE_3
      : []
  return published.find(({ name }) => name === model)?.distortion
}

/** Distortion against c along the search for one image per network, of those that are shown. */
export async function searchPlot(
  database: Database,
  isShown: (model: string) => boolean = () => true,
): Promise<ReportPlot> {
  const all = await database.rows<SearchRow>(SEARCHES)
  const rows = all.filter((row) => isShown(row.source_model))
  const models = inOrder(rows.map((row) => row.source_model))
  // of several searches of a network the first
  const paths = models.map((model) => {
    const own = rows.filter((row) => row.source_model === model)
    const [first] = own
    return own.filter(
      ({ run, index, target }) => run === first.run && index === first.index && target === first.target,
    )
  })
  return {
    id: 'search',
    title: 'The search on c',
    description:
      'One image per network: the distortion of the minimiser for each c that its search tried. Dots fooled the network, crosses did not; small ones are minimisations stopped early, far from the boundary; the ring is the result, the nearest that fools; the line follows the search.',
    panels: paths.map((path) => {
      const [{ source_model: model, dataset, split, index, label, target }] = path
      const detail = `${dataset} ${split} ${index}, ${label} as ${target}; ${many(path.length, 'value')} of c`
      const svg = searchPath(path, `Distortion against c. ${model}: ${detail}`)
      return { file: model, name: model, detail, svg }
    }),
    columns: ['network', 'solve', 'c', 'distortion', 'residual', 'fooled', 'result'],
    rows: paths
      .flat()
      .map((row) => [
        row.source_model,
        String(row.solve),
        row.c.toPrecision(5),
        row.distortion.toFixed(5),
        row.residual.toExponential(1),
        row.fooled ? 'yes' : 'no',
        row.best ? 'yes' : '',
      ]),
    query: SEARCHES,
  }
}
