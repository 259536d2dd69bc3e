import type { ReportTable, Verdict } from '../../sinks/report/content.js'
import { PUBLISHED_TABLE_1 } from '../published.js'
import { proportion } from '../statistics.js'
import { distortionCell, errorCell, plainCell, rateCell, withoutHeat } from './cells.js'
import { lacking } from './lacking.js'
import { inOrder, isHalf, randomAttack, type Attack, type Measured } from './measured.js'
import { ATTACKS, MODELS, type ModelRow } from './queries.js'
import { count, percent, say } from './words.js'

/** A network is fooled nearly always: the lower end of its success interval. */
const NEARLY_ALWAYS = 0.9
/** As small as the paper's: at most so many times its distortion. */
const AS_SMALL = 1.5

/** Table 1: errors and the distortion that fools. */
export function reportTable1(measured: Measured): ReportTable {
  const published = new Map(PUBLISHED_TABLE_1.map((model) => [model.architecture, model]))
  const names = inOrder([...measured.models.keys(), ...measured.attacks.map((row) => row.source_model)])
  const models = names.filter((name) => !isHalf(name))
  const lines = models.map((name) => ({
    name,
    record: measured.models.get(name),
    paper: published.get(name),
    random: randomAttack(measured, name),
    untargeted: randomAttack(measured, name, 'untargeted'),
  }))
  return {
    id: 'table1',
    title: 'Table 1: the networks, their errors, and the distortion that fools them',
    claim: 'A wrong class is within reach of every image, at a distortion too small to see.',
    verdict: fooled(lines.map(({ random, paper }) => ({ random, paper: paper?.distortion }))),
    missing:
      lines.length === 0
        ? ['no network and no example']
        : lacking(
            PUBLISHED_TABLE_1.map((model) => model.architecture),
            lines,
          ),
    columns: [
      'train error %',
      'test error %',
      'average distortion',
      'success %',
      'untargeted distortion',
      'images',
    ],
    rows: lines.map(({ name, record, paper, random, untargeted }) => ({
      name,
      cells: [
        errorCell(record?.train_error, record?.images, paper?.trainError),
        errorCell(record?.test_error, record?.test_images, paper?.testError),
        random && distortionCell(random.distortion, paper?.distortion),
        random && withoutHeat(rateCell(random.successes, random.attacked)),
        untargeted && distortionCell(untargeted.distortion),
        random && plainCell(`${random.dataset} ${random.split}`),
      ],
    })),
    notes: [
      ...decays([...measured.models.values()]),
      'Errors: over all training images and the 10,000 test images. Distortion: RMS, √(Σ (x′ − x)² / values), mean over the successes; a random wrong target for each image; untargeted: the least over all wrong classes.',
      'Rates have Wilson 95 % intervals, means percentile bootstrap ones. ≠: the paper’s value is outside of what sampling explains; of its distortions only the value is known.',
    ],
    queries: [MODELS, ATTACKS],
  }
}

function decays(models: readonly ModelRow[]): readonly string[] {
  const names = new Set(models.map(({ decay }) => decay))
  return [...names].map((decay) =>
    decay === 'half'
      ? 'Weight decay: ½λΣw² per layer on the mean cross-entropy, the reading that gives the paper’s errors.'
      : `Weight decay: ${decay === 'paper' ? 'λΣw²/k per layer of k units, as the paper writes it' : decay}.`,
  )
}

/** Never more than it is. */
const floored = (share: number) => (Math.floor(1e4 * share) / 100).toFixed(2)

function fooled(
  lines: readonly { readonly random: Attack | undefined; readonly paper: number | undefined }[],
): Verdict | undefined {
  const attacked = lines.flatMap(({ random, paper }) => (random ? [{ random, paper }] : []))
  if (attacked.length === 0) return undefined
  const sum = (of: (row: Attack) => number) => attacked.reduce((total, { random }) => total + of(random), 0)
  const [successes, all] = [sum((row) => row.successes), sum((row) => row.attacked)]
  const ratios = attacked.flatMap(({ random, paper }) => (paper ? [random.distortion.value / paper] : []))
  const within = attacked.filter(
    ({ random: { distortion }, paper }) => paper && distortion.low <= paper && paper <= distortion.high,
  )
  const nearly = attacked.filter(
    ({ random, paper }) =>
      proportion(random.successes, random.attacked).low > NEARLY_ALWAYS &&
      (paper === undefined || random.distortion.value <= AS_SMALL * paper),
  )
  const state = nearly.length === attacked.length ? 'holds' : nearly.length > 0 ? 'partly' : 'no'
  const few = all > 0 && nearly.length < attacked.length && successes === all
  return {
    state: few ? 'open' : state,
    sentence:
      `${few ? 'Not sure' : say(state)}: ${count(successes)} of ${count(all)} images of ${attacked.length} ` +
      `network${attacked.length > 1 ? 's' : ''} were fooled (at least ${floored(proportion(successes, all).low)} % with 95 % confidence)` +
      (ratios.length > 0
        ? `, at ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} times the paper’s average distortion; ` +
          `the paper’s value lies in our interval for ${within.length} of ${ratios.length}.`
        : '.') +
      (few ? ' There are too few images to say that of each network.' : ''),
    rule: `holds where, for every network, the lower end of the success interval is over ${percent(NEARLY_ALWAYS, 0)} % and the average distortion at most ${AS_SMALL} times the paper’s`,
  }
}
