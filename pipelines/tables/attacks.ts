import type { ReportTable } from '../../sinks/report/content.js'
import { distortionCell, plainCell, successCell } from './cells.js'
import { alike, type Attack, type Measured } from './measured.js'
import { count } from './words.js'
import { ATTACKS } from './queries.js'

/** Every attack of the data set, those too that no table of the paper is about. */
export function attackTable({ attacks }: Measured): ReportTable {
  const several = (row: Attack) => attacks.filter((other) => alike(row, other)).length > 1
  return {
    id: 'attacks',
    title: 'Attacks: all that the data set holds',
    claim:
      'Images that the network gets wrong anyway are skipped; a search that ends without an example has failed.',
    verdict: undefined,
    missing: attacks.length === 0 ? ['no examples'] : [],
    columns: [
      'method and goal',
      'images',
      'rows',
      'skipped',
      'success %',
      'average distortion',
      'median',
      'median c',
      'evaluations',
    ],
    rows: attacks.map((row) => ({
      name: row.source_model,
      cells: [
        plainCell(`${row.method}, ${row.goal}${several(row) ? `, run ${row.run.slice(0, 6)}` : ''}`),
        plainCell(`${row.dataset} ${row.split}`),
        plainCell(count(row.attacked)),
        plainCell(count(row.skipped)),
        successCell(row),
        distortionCell(row.distortion),
        row.median === null ? undefined : plainCell(row.median.toFixed(4)),
        row.c === null ? undefined : plainCell(row.c.toPrecision(3)),
        row.evaluations === null ? undefined : plainCell(row.evaluations.toFixed(1)),
      ],
    })),
    notes: [
      'Evaluations: forward-backward passes per row, on average. N is of images: several rows of one count as one in the intervals, and are drawn together in the bootstrap’s.',
    ],
    queries: [ATTACKS],
  }
}
