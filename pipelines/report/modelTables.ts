import type { ReportCell, ReportTable, Verdict } from '../../sinks/report/content.js'
import { PUBLISHED_TABLE_1, PUBLISHED_TABLE_3, type PublishedHalf } from '../published.js'
import { proportion } from '../statistics.js'
import { distortionCell, plainCell, rateCell } from './cells.js'
import { inOrder, isHalf, randomAttack, type Attack, type Measured } from './measured.js'
import { ATTACKS, CLEAN_ERRORS, MODELS, type CleanRow, type ModelRow } from './queries.js'

/** A network is fooled nearly always: the lower end of its success interval. */
const NEARLY_ALWAYS = 0.9
/** As small as the paper's: at most so many times its distortion. */
const AS_SMALL = 1.5
/** A network knows what it was trained on: the upper end of its error there. */
const KNOWN = 0.005

const percent = (share: number, digits = 2) => (100 * share).toFixed(digits)
/** Never more than it is. */
const floored = (share: number) => (Math.floor(1e4 * share) / 100).toFixed(2)

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

/** Table 3: networks on disjoint halves. */
export function reportTable3(measured: Measured): ReportTable {
  const cleanOf = (model: string, images: string) =>
    measured.clean.find((row) => row.model === model && row.shown === `clean ${images}`)
  const lines = PUBLISHED_TABLE_3.map((paper) => ({
    ...{ name: paper.name, paper, record: measured.models.get(paper.name) },
    p1: cleanOf(paper.name, 'P1'),
    p2: cleanOf(paper.name, 'P2'),
    test: cleanOf(paper.name, 'test'),
    random: randomAttack(measured, paper.name),
  })).filter(({ record, test, random }) => record ?? test ?? random)
  return {
    id: 'table3',
    title: 'Table 3: networks trained on disjoint halves of the training images',
    claim: 'Networks that share no training image generalise alike, and are fooled alike.',
    verdict: generalise(lines),
    missing: lacking(
      PUBLISHED_TABLE_3.map(({ name }) => name),
      lines,
    ),
    columns: ['trained on', 'error P1 %', 'error P2 %', 'test error %', 'average distortion', 'success %'],
    rows: lines.map(({ paper, p1, p2, test, random }) => ({
      name: paper.name,
      cells: [
        plainCell(paper.half),
        p1 && errorCell(p1.errors / p1.n, p1.n, paper.p1Error),
        p2 && errorCell(p2.errors / p2.n, p2.n, paper.p2Error),
        test && errorCell(test.errors / test.n, test.n, paper.testError),
        random && distortionCell(random.distortion, paper.distortion),
        random && withoutHeat(rateCell(random.successes, random.attacked)),
      ],
    })),
    notes: [
      'P1 and P2: two fixed halves of 30,000 images, every class shared out equally. Examples are of test images, which no network was trained on. FC100-100-10@P2 is the paper’s FC100-100-10′.',
    ],
    queries: [CLEAN_ERRORS, ATTACKS],
  }
}

const withoutHeat = (cell: ReportCell): ReportCell => ({ ...cell, heat: undefined })

function errorCell(error: number | null | undefined, n: number | undefined, paper: number | undefined) {
  if (error === null || error === undefined || !n) return undefined
  const beside = paper === undefined ? undefined : { percent: paper, n }
  return withoutHeat(rateCell(Math.round(error * n), n, beside, { digits: 2 }))
}

/** What of the paper's is not there. */
function lacking(
  wanted: readonly string[],
  lines: readonly {
    readonly name: string
    readonly record: ModelRow | undefined
    readonly random: Attack | undefined
  }[],
): readonly string[] {
  const without = (has: (line: (typeof lines)[number]) => boolean) => {
    const there = new Set(lines.filter(has).map(({ name }) => name))
    return wanted.filter((name) => !there.has(name))
  }
  const untrained = without(({ record }) => record !== undefined)
  const unattacked = without(({ random }) => random !== undefined)
  return [
    ...(untrained.length > 0 ? [`not trained: ${untrained.join(', ')}`] : []),
    ...(unattacked.length > 0 ? [`no examples for: ${unattacked.join(', ')}`] : []),
  ]
}

function decays(models: readonly ModelRow[]): readonly string[] {
  const names = new Set(models.map(({ decay }) => decay))
  return [...names].map((decay) =>
    decay === 'half'
      ? 'Weight decay: ½λΣw² per layer on the mean cross-entropy, the reading that gives the paper’s errors.'
      : `Weight decay: ${decay === 'paper' ? 'λΣw²/k per layer of k units, as the paper writes it' : decay}.`,
  )
}

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

function generalise(
  lines: readonly {
    readonly paper: PublishedHalf
    readonly p1: CleanRow | undefined
    readonly p2: CleanRow | undefined
    readonly test: CleanRow | undefined
  }[],
): Verdict | undefined {
  const judged = lines.flatMap(({ paper: { half }, p1, p2, test }) => {
    if (!p1 || !p2 || !test) return []
    const [own, other] = half === 'P1' ? [p1, p2] : [p2, p1]
    const [seen, unseen, tested] = [own, other, test].map(({ errors, n }) => proportion(errors, n))
    return [{ seen, unseen, tested, knows: seen.high <= KNOWN, misses: unseen.low > seen.high }]
  })
  if (judged.length === 0) return undefined
  const good = judged.filter(({ knows, misses }) => knows && misses).length
  const state = good === judged.length ? 'holds' : good > 0 ? 'partly' : 'no'
  const range = (values: readonly number[]) =>
    `${percent(Math.min(...values))} to ${percent(Math.max(...values))} %`
  const errors = judged.flatMap(({ unseen, tested }) => [unseen.value, tested.value])
  const apart = Math.max(...judged.map(({ unseen, tested }) => Math.abs(unseen.value - tested.value)))
  return {
    state,
    sentence:
      `${say(state)}: on its own half a network errs on at most ${percent(Math.max(...judged.map(({ seen }) => seen.high)))} % ` +
      `of images (95 % confidence), on images that it has not seen on ${range(errors)}; the other half and the test images ` +
      `give the same within ${percent(apart)} points.`,
    rule: `holds where every network’s error on its own half is at most ${percent(KNOWN, 1)} % (upper end of the interval) and below that on the other half`,
  }
}

/** A verdict's first words. */
export const say = (state: Verdict['state']): string =>
  ({ holds: 'Holds', partly: 'Holds in part', no: 'Does not hold', open: 'Not sure' })[state]

export const count = (n: number) => n.toLocaleString('en')
