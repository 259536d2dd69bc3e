import type { ReportPlot } from '../../sinks/report/content.js'
import { histogram, searchPath, type Bin } from '../../sinks/report/plots.js'
import type { Database } from '../../sources/duckdb.js'
import { PUBLISHED_TABLE_1, PUBLISHED_TABLE_3 } from '../published.js'
import { inOrder, randomAttack, type Measured } from './measured.js'
import { HISTOGRAM, SEARCHES, type HistogramRow, type SearchRow } from './queries.js'

/** The histogram of distortions per network. */
export async function histogramPlot(database: Database, measured: Measured): Promise<ReportPlot> {
  const rows = await database.rows<HistogramRow>(HISTOGRAM)
  const paperOf = new Map([
    ...PUBLISHED_TABLE_1.map(({ architecture, distortion }) => [architecture, distortion] as const),
    ...PUBLISHED_TABLE_3.map(({ name, distortion }) => [name, distortion] as const),
  ])
  const models = inOrder(rows.map((row) => row.source_model))
  const bins = new Map(
    models.map((model): [string, readonly Bin[]] => {
      const own = rows.filter((row) => row.source_model === model)
      const all = own.reduce((sum, { images }) => sum + images, 0)
      return [model, own.map(({ low, bin, images }) => ({ low, high: low + bin, share: images / all }))]
    }),
  )
  const every = [...bins.values()].flat()
  const scale = {
    most: Math.max(...every.map(({ high }) => high)),
    highest: 100 * Math.max(...every.map(({ share }) => share)),
  }
  const mean = (model: string) => randomAttack(measured, model)?.distortion.value ?? NaN
  return {
    id: 'histogram',
    title: 'Distortions',
    description:
      'How far the images of each network had to be moved: RMS distortion of the examples for random targets. The line is the mean, the dashed one the paper’s.',
    panels: models.map((model) => ({
      model,
      name: model,
      svg: histogram(bins.get(model) ?? [], {
        ...scale,
        mean: mean(model),
        paper: paperOf.get(model),
        label: `Histogram of the distortions of ${model}, mean ${mean(model).toFixed(4)}`,
      }),
    })),
    columns: ['network', 'distortion from', 'to', 'share of images %'],
    rows: models.flatMap((model) =>
      (bins.get(model) ?? []).map(({ low, high, share }) => [
        model,
        low.toFixed(4),
        high.toFixed(4),
        (100 * share).toFixed(2),
      ]),
    ),
    query: HISTOGRAM,
  }
}

/** Distortion against c along the search for one image per network. */
export async function searchPlot(database: Database): Promise<ReportPlot> {
  const rows = await database.rows<SearchRow>(SEARCHES)
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
      'One image per network: the distortion of the minimiser for each c that its search tried. Dots fooled the network, crosses did not; small ones are minimisations stopped early, far from the boundary; the ring is the result, the largest c that fools.',
    panels: paths.map((path) => {
      const [{ source_model: model, dataset, split, index, label, target }] = path
      const name = `${model}: ${dataset} ${split} ${index}, ${label} as ${target}, ${path.length} values of c`
      return { model, name, svg: searchPath(path, `Distortion against c. ${name}`) }
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
