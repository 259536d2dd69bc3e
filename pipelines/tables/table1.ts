import type { Measure, Table } from '../../sinks/table/table.js'
import { isBiasedLinear, linearNetworks } from './linearNetworks.js'
import { arePublished, PUBLISHED_TABLE_1, PUBLISHED_TRAINING_IMAGES } from './published.js'
import { ALIKE, likeness } from './likeness.js'
import { distortionCell, errorCell, numberCell, rateCell, successCell, textCell } from './cells.js'
import { lacking } from './lacking.js'
import { inOrder, isHalf, isOfHalf, randomAttack, successOf, type Attack, type Measured } from './measured.js'
import { sampleNotes } from './notes.js'
import type { ModelRow } from './queries.js'
import { table1Verdict } from './table1Verdict.js'

/** Table 1: errors and the distortion that fools. */
export function table1(measured: Measured): Table {
  const names = inOrder([
    ...measured.models.keys(),
    ...measured.attacks.map((row) => row.sourceModel),
    ...measured.clean.map(({ model }) => model),
  ])
  const lines = names
    .filter((name) => !isHalf(name))
    .map((name) => ({
      ...{ name, record: measured.models.get(name) },
      random: randomAttack(measured, name),
      untargeted: randomAttack(measured, name, 'untargeted'),
      paper: PUBLISHED_TABLE_1.find((model) => model.name === name),
    }))
    .map((line) => ({ ...line, paper: comparable(line, measured) }))
  const wanted = PUBLISHED_TABLE_1.map((model) => model.name)
  const beside = lines.some(({ record, random, paper }) =>
    [record && paper.trainError, record && paper.testError, random && paper.distortion].some(
      (value) => value !== undefined,
    ),
  )
  const likened = lines.some(({ random, paper }) => random && paper.distortion !== undefined)
  return {
    id: 'table1',
    title: 'Table 1: the networks, their errors, and the distortion that fools them',
    claim: 'A wrong class is within reach of every image, at a distortion about as large as the paper’s.',
    verdict: table1Verdict(
      lines.map(({ name, random, paper }) => ({ name, random, paper: paper.distortion })),
    ),
    missing: lines.length === 0 ? ['no network and no example'] : lacking(wanted, lines),
    of: 'model',
    columns: [
      { key: 'train_error', title: 'train error %', names: { n: 'train_images' } },
      { key: 'test_error', title: 'test error %', names: { n: 'test_images' } },
      { key: 'distortion', title: 'average distortion' },
      { key: 'success', title: 'success %', names: { n: 'attacked' } },
      { key: 'untargeted_distortion', title: 'untargeted distortion' },
      { key: 'untargeted_attacked', title: 'attacked untargeted', aside: true },
      { key: 'images', title: 'images' },
    ],
    rows: lines.map(({ name, record, paper, random, untargeted }) => ({
      name,
      keys: { model: name },
      cells: [
        errorCell(record?.train_error, record?.images, paper.trainError) ??
          evaluated(name, 'train', measured),
        errorCell(record?.test_error, record?.test_images, paper.testError) ??
          evaluated(name, 'test', measured),
        random && besidePaper(distortionCell(random.distortion, paper.distortion), random, paper.distortion),
        successCell(random && successOf(random)),
        untargeted && distortionCell(untargeted.distortion),
        untargeted && numberCell(untargeted.images, 'count'),
        random && textCell(`${random.dataset} ${random.split}`),
      ],
    })),
    notes: [
      ...sampleNotes(measured, 'training images'),
      ...decays([...measured.models.values()]),
      ...linearNetworks(lines.flatMap(({ record }) => record ?? [])).map((note) => `${note}.`),
      'Distortion: RMS, √(Σ (x′ − x)² / values), mean over the successes; a random wrong target for each image; untargeted: the least over all wrong classes.',
      ...(likened
        ? [
            `Alike: the interval of the average distortion is within 1/${ALIKE} to ${ALIKE} times the paper’s value; smaller, larger: outside of that; unsure: too few images to say.`,
          ]
        : []),
      `Rates have Wilson 95 % intervals, means percentile bootstrap ones.${beside ? ' ≠: the paper’s value, as far as it is printed, is outside of what sampling explains; of its distortions only the value is known. Its numbers stand beside networks trained, or images attacked, of MNIST’s training set.' : ''}`,
    ],
    queries: [measured.queries.models, measured.queries.attacks],
  }
}

/** The error of a network that was not trained here, where it was evaluated on the paper's images. */
function evaluated(name: string, split: 'train' | 'test', { models, clean }: Measured): Measure | undefined {
  const row = clean.find((one) => one.model === name && !isOfHalf(one) && arePublished(one, split))
  return row && !models.has(name) ? rateCell(row.errors, undefined, { digits: 2 }) : undefined
}

/** A distortion with a word on how it is beside the paper's. */
function besidePaper(
  cell: Measure | undefined,
  { distortion }: Attack,
  paper: number | undefined,
): Measure | undefined {
  if (cell === undefined || paper === undefined) return cell
  return { ...cell, more: [{ key: 'distortion_beside_paper', text: likeness(distortion, paper) }] }
}

/** What of the paper's numbers a network's can be held against: of the same images. */
function comparable(
  line: {
    readonly record: ModelRow | undefined
    readonly random: Attack | undefined
    readonly paper: (typeof PUBLISHED_TABLE_1)[number] | undefined
  },
  { quick }: Measured,
) {
  const { record, random, paper } = line
  const whole =
    record === undefined ||
    (arePublished(record, 'train') &&
      (quick === true || record.images === PUBLISHED_TRAINING_IMAGES) &&
      !isBiasedLinear(record))
  return {
    trainError: whole ? paper?.trainError : undefined,
    testError: whole ? paper?.testError : undefined,
    distortion: whole && arePublished(random, 'train') ? paper?.distortion : undefined,
  }
}

function decays(models: readonly ModelRow[]): readonly string[] {
  const names = new Set(models.map(({ decay }) => decay))
  return [...names].map((decay) =>
    decay === 'half'
      ? 'Weight decay: ½λΣw² per layer on the mean cross-entropy, biases not decayed.'
      : `Weight decay: ${decay === 'paper' ? 'λΣw²/k per layer of k units, as the paper writes it' : decay}.`,
  )
}
