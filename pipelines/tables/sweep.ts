import type { Column, Measure, Table, Unit } from '../../sinks/table/table.js'
import { numberCell, textCell } from './cells.js'
import type { Configuration, Configurations } from './configurations.js'
import type { Measured } from './measured.js'
import type { ConfigurationNumbers, Spread, SweepMeasure } from './sweepNumbers.js'
import type { Estimate } from './statistics.js'

const WRITTEN: Readonly<Record<SweepMeasure, { readonly unit: Unit; readonly digits: number }>> = {
  testError: { unit: 'percent', digits: 2 },
  distortion: { unit: 'rms', digits: 4 },
  success: { unit: 'percent', digits: 1 },
  transfer: { unit: 'percent', digits: 1 },
}
const COLUMNS: Readonly<Record<SweepMeasure, Column>> = {
  testError: { key: 'test_error', title: 'test error %' },
  distortion: { key: 'distortion', title: 'minimal distortion' },
  success: { key: 'success', title: 'success %' },
  transfer: { key: 'transfer', title: 'transfer error %' },
}
const ORDER = ['testError', 'distortion', 'success', 'transfer'] as const

/** Each configuration of a sweep: how often its networks err, how far their blind spots are, and how many of them others share. */
export function sweepTable(
  { configurations, attackKind }: Configurations,
  numbers: readonly ConfigurationNumbers[],
  { queries }: Measured,
): Table {
  return {
    id: 'sweep',
    title: 'The sweep: test error, minimal distortion and transfer by configuration',
    claim:
      'Training is the largest source of variation: what architecture and weight decay do shows over networks of several seeds.',
    verdict: undefined,
    missing: configurations.length === 0 ? ['no networks of several configurations or seeds'] : [],
    caption:
      'The mean over the networks of a configuration, one of each seed, with its 95 % interval over seeds; where a cell says so, of one network, with the interval over images.',
    of: 'configuration',
    columns: [
      { key: 'seeds', title: 'seeds', aside: true },
      ...ORDER.map((measure) => COLUMNS[measure]),
      { key: 'images', title: 'attacked images' },
    ],
    rows: numbers.map(({ configuration, images, ...own }) => ({
      name: configuration.name,
      keys: keysOf(configuration),
      n: configuration.networks.length,
      cells: [
        numberCell(configuration.networks.length, 'count'),
        ...ORDER.map((measure) => spreadCell(COLUMNS[measure].key, own[measure], WRITTEN[measure])),
        textCell(images),
      ],
    })),
    folded: [
      {
        title: 'Each network, with its intervals over images',
        of: 'network',
        columns: [{ key: 'seed', title: 'seed' }, ...ORDER.map((measure) => COLUMNS[measure])],
        rows: numbers.flatMap(({ configuration, networks }) =>
          networks.map((network) => ({
            group: configuration.name,
            name: network.name,
            keys: { ...keysOf(configuration), model: network.name },
            cells: [
              // no number of things: no separator of thousands
              textCell(String(network.seed)),
              ...ORDER.map((measure) => estimateCell(network[measure], WRITTEN[measure])),
            ],
          })),
        ),
      },
    ],
    notes: [
      `Minimal distortion: RMS, of each network the mean over its successes${attackKind ? `, by ${attackKind.method}, goal ${attackKind.goal}${attackKind.options && `, ${attackKind.options}`}, the same attack on all networks; the page has the others` : ''}; success: the share of the attacked rows that fool.`,
      'Transfer error: what the networks of other configurations get wrong of a network’s examples, over the images that they get right when clean; of each network the mean over the other configurations of the mean over their networks. Networks of its own configuration are no victims here; seeds that were not shown to all of these configurations do not count.',
      'Over seeds: mean over networks with its interval by Student’s t; N: networks. Images and victims that are the same for all seeds do not vary in it, and numbers that are the same for all seeds have no width. Of one network N is of images: rates have Wilson’s interval, distortions the percentile bootstrap’s.',
    ],
    queries: [queries.models, queries.attacks, queries.scores],
  }
}

/** A configuration as the columns of a file have it. */
export function keysOf({ name, networks: [{ model }] }: Configuration) {
  const { architecture, depth, width, activation, weight_decay } = model
  return { configuration: name, architecture, depth, width, activation, weight_decay }
}

/** A number of a configuration; a file says what its interval is over, a cell where that is not seeds. */
export function spreadCell(
  key: string,
  spread: Spread | undefined,
  written: { readonly unit: Unit; readonly digits: number },
): Measure | undefined {
  if (!spread) return undefined
  const { over, ...estimate } = spread
  const text = over === 'images' ? 'one network' : over
  return {
    ...estimate,
    ...written,
    more: [{ key: `${key}_over`, text, ...(over === 'images' ? { shown: true } : { aside: true }) }],
  }
}

const estimateCell = (
  estimate: Estimate | undefined,
  written: { readonly unit: Unit; readonly digits: number },
): Measure | undefined => estimate && { ...estimate, ...written }
