import type { Table } from '../../sinks/table/table.js'
import { attackNames } from './attackNames.js'
import { distortionCell, numberCell, successCell, textCell } from './cells.js'
import { arePhotographs } from './photographs.js'
import { arePublished, PUBLISHED_RELATIVE } from './published.js'
import { successOf, type Measured } from './measured.js'

/** What DeepFool's paper has of images like those that were attacked; nothing of others. */
function published(measured: Measured): string {
  const data = arePhotographs(measured) ? 'ImageNet' : 'MNIST'
  const isAlike = measured.attacks.some(
    (attack) =>
      attack.goal === 'untargeted' &&
      (data === 'ImageNet' || arePublished(attack, 'train') || arePublished(attack, 'test')),
  )
  const rows = PUBLISHED_RELATIVE.filter((row) => isAlike && row.data === data).map(
    ({ network, lbfgs, deepFool }) =>
      `${network} on ${data} ${[...(lbfgs === undefined ? [] : [`${lbfgs} by L-BFGS`]), `${deepFool} by DeepFool`].join(', ')}`,
  )
  return rows.length === 0
    ? ''
    : ` DeepFool’s paper (Moosavi-Dezfooli et al. 2016, Table 1) reports, of untargeted attacks: ${rows.join('; ')}.`
}

/** Every attack of the data set, those too that no table of the paper is about. */
export function attacksTable(measured: Measured): Table {
  const { attacks, queries } = measured
  const nameOf = attackNames(attacks)
  return {
    id: 'attacks',
    title: 'Attacks: all that the data set holds',
    claim:
      'Images that the network gets wrong anyway are skipped; a search that ends without an example has failed.',
    verdict: undefined,
    missing: attacks.length === 0 ? ['no examples'] : [],
    of: 'network',
    columns: [
      { key: 'attack', title: 'method and goal' },
      { key: 'images', title: 'images' },
      { key: 'rows', title: 'rows' },
      { key: 'skipped', title: 'skipped' },
      { key: 'success', title: 'success %', names: { n: 'attacked' } },
      { key: 'distortion', title: 'average distortion' },
      { key: 'median_distortion', title: 'median' },
      { key: 'relative_l2', title: '‖r‖/‖x‖' },
      { key: 'median_c', title: 'median c' },
      { key: 'evaluations', title: 'evaluations' },
    ],
    rows: attacks.map((row) => ({
      name: row.sourceModel,
      keys: { model: row.sourceModel, run: row.run },
      cells: [
        textCell(nameOf(row)),
        textCell(`${row.dataset} ${row.split}`),
        numberCell(row.attacked, 'count'),
        numberCell(row.skipped, 'count'),
        successCell(successOf(row)),
        distortionCell(row.distortion),
        numberCell(row.median, 'rms', 4),
        numberCell(row.relativeL2, 'significant', 3),
        numberCell(row.c, 'significant', 3),
        numberCell(row.evaluations, 'plain', 1),
      ],
    })),
    notes: [
      `‖r‖/‖x‖: Euclidean norm of the perturbation over that of the image, on average.${published(measured)}`,
      'Evaluations: forward-backward passes per row, on average. N is of images: several rows of one count as one in the intervals, and are drawn together in the bootstrap’s.',
    ],
    queries: [queries.attacks],
  }
}
