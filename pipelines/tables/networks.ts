import type { Cell, Table } from '../../sinks/table/table.js'
import { kindNames } from './attackNames.js'
import { distortionCell, errorCell, rateCell, successCell, textCell } from './cells.js'
import {
  inOrder,
  isOfHalf,
  largest,
  randomAttack,
  successOf,
  type Attack,
  type CleanErrors,
  type Measured,
} from './measured.js'
import type { ModelRow } from './queries.js'
import { reachVerdict } from './reachVerdict.js'

/** A network of a study of its own: how often it errs, and how it was attacked. */
interface Line {
  readonly name: string
  readonly record: ModelRow | undefined
  readonly attack: Attack | undefined
}

/**
 * Networks of somebody's own, beside nobody else's numbers: how often each errs on the images that it was trained on, tested or
 * evaluated on, and how far an image is from one that fools it.
 */
export function networksTable(measured: Measured): Table {
  const { models, attacks, clean, queries } = measured
  const names = inOrder([
    ...models.keys(),
    ...attacks.map((row) => row.sourceModel),
    ...clean.map(({ model }) => model),
  ])
  const lines = names.map((name): Line => ({
    name,
    record: models.get(name),
    attack: randomAttack(measured, name) ?? largest(attacks.filter((row) => row.sourceModel === name)),
  }))
  const nameOf = kindNames(attacks)
  const attacked = lines.some(({ attack }) => attack !== undefined)
  const sets = [...new Set([...lines.flatMap(ownSets), ...clean.map(imagesOf)])]
  return {
    id: 'networks',
    title: attacked
      ? 'Networks: their errors, and the distortion that fools them'
      : 'Networks: their errors on clean images',
    claim: attacked
      ? 'A wrong class is within reach of every image.'
      : 'Images without a change: what is wrong here is no blind spot yet.',
    verdict: reachVerdict(lines.map(({ name, attack }) => ({ name, attack }))),
    missing: [],
    of: 'network',
    columns: [
      ...sets.map((images) => ({
        ...{ key: 'error', title: `error %, ${images}`, line: { images } },
        names: { n: 'images', count: 'errors' },
      })),
      ...(attacked
        ? [
            { key: 'distortion', title: 'average distortion' },
            { key: 'success', title: 'success %', names: { n: 'attacked' } },
            { key: 'attack', title: 'attack' },
          ]
        : []),
    ],
    rows: lines.map((line) => ({
      name: line.name,
      keys: { model: line.name },
      cells: [
        ...sets.map((images) => errorOn(images, line, measured)),
        ...(attacked ? attackCells(line, nameOf) : []),
      ],
    })),
    notes: [
      ...(sets.length > 0
        ? [
            'Error: share of the images whose class is not the label, as its training counted them, or evaluate --out; images are named by data set and split, and N says how many.',
          ]
        : []),
      ...(attacked
        ? [
            'Distortion: RMS, √(Σ (x′ − x)² / values), mean over the successes. Of several attacks of a network the row has that of random targets by L-BFGS, or else the largest, of several seeds the first; Attacks has all.',
          ]
        : []),
      'Rates have Wilson 95 % intervals, means percentile bootstrap ones.',
    ],
    queries: [queries.models, queries.clean, ...(attacked ? [queries.attacks] : [])],
  }
}

/** Whether there is a network for the table. */
export const areNetworks = ({ models, attacks, clean }: Measured): boolean =>
  models.size > 0 || attacks.length > 0 || clean.length > 0

/** The images of a clean evaluation; the halves of a split, whose file alone tells them, have its name after them. */
const imagesOf = (row: CleanErrors) => `${row.dataset} ${row.split}${isOfHalf(row) ? `/${row.images}` : ''}`

/** The images that a training has counted errors of. */
const ownSets = ({ record }: Line): readonly string[] =>
  record === undefined
    ? []
    : [
        ...(record.train_error === null ? [] : [trainedOn(record)]),
        ...(record.test_images > 0 ? [testedOn(record)] : []),
      ]

const trainedOn = ({ dataset, split }: ModelRow) => `${dataset} ${split}`
const testedOn = ({ dataset }: ModelRow) => `${dataset} test`

/** The error of a network on some images, by the count of the most of them. */
function errorOn(images: string, { name, record }: Line, { clean }: Measured): Cell | undefined {
  const counted = clean.find((row) => row.model === name && imagesOf(row) === images)
  const known =
    record && trainedOn(record) === images
      ? { error: record.train_error, n: record.images }
      : record && testedOn(record) === images
        ? { error: record.test_error, n: record.test_images }
        : undefined
  if (counted && !(known && known.n > counted.errors.images))
    return rateCell(counted.errors, undefined, { digits: 2 })
  return known && errorCell(known.error, known.n, undefined)
}

function attackCells({ attack }: Line, nameOf: (attack: Attack) => string): readonly (Cell | undefined)[] {
  if (!attack) return [undefined, undefined, undefined]
  const { dataset, split } = attack
  return [
    distortionCell(attack.distortion),
    successCell(successOf(attack)),
    textCell(`${nameOf(attack)}, ${dataset} ${split}`),
  ]
}
