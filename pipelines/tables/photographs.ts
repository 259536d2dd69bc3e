import type { Measure, Row, Table, Verdict } from '../../sinks/table/table.js'
import { distortionCell, numberCell, rateCell, successCell, textCell } from './cells.js'
import { inOrder, randomAttack, successOf, type Attack, type CleanErrors, type Measured } from './measured.js'
import { PUBLISHED_ALEXNET, PUBLISHED_RELATIVE } from './published.js'
import { stateOf } from './state.js'
import { rate } from './statistics.js'
import { say, span } from './words.js'

/** What the clean photographs of a data set are called, in the partition of their scores. */
export const CLEAN_PHOTOGRAPHS = 'photographs'

/** What sources of photographs call their data sets. */
const PHOTOGRAPHS = /^(imagenet|photographs)(-|$)/

/** Whether clean images are photographs: those of the main job, or of an evaluation by itself. */
const areOfPhotographs = ({ images, dataset }: CleanErrors): boolean =>
  images === CLEAN_PHOTOGRAPHS || PHOTOGRAPHS.test(dataset)

/** Whether a data set is of networks on photographs. */
export const arePhotographs = ({ clean, attacks }: Measured): boolean =>
  clean.some(areOfPhotographs) || attacks.some(({ dataset }) => PHOTOGRAPHS.test(dataset))

/** Networks on photographs: their errors, and the distortion that fools them, beside what the paper says of AlexNet. */
export function photographsTable(measured: Measured): Table {
  const { queries } = measured
  const cleanOf = (name: string) => measured.clean.find((row) => row.model === name && areOfPhotographs(row))
  const names = inOrder([
    ...measured.clean.filter(areOfPhotographs).map(({ model }) => model),
    ...measured.attacks.map((row) => row.sourceModel),
  ])
  const lines = names.map((name) => ({
    ...{ name, clean: cleanOf(name), random: randomAttack(measured, name) },
  }))
  return {
    id: 'photographs',
    title: 'Photographs: the networks, their errors, and the distortion that fools them',
    claim: 'A wrong class is within reach of every photograph, at a distortion that nobody sees.',
    verdict: withinReach(lines.flatMap(({ random }) => random ?? [])),
    missing: lines.length === 0 ? ['no network'] : [],
    of: 'network',
    columns: [
      { key: 'error', title: 'error %', names: { n: 'images', count: 'errors' } },
      { key: 'distortion', title: 'average distortion' },
      { key: 'median_distortion', title: 'median' },
      { key: 'relative_l2', title: '‖r‖/‖x‖' },
      { key: 'success', title: 'success %', names: { n: 'attacked' } },
      { key: 'evaluations', title: 'evaluations' },
      { key: 'photographs', title: 'photographs' },
    ],
    rows: [
      ...lines.map(({ name, clean, random }): Row => ({
        name,
        keys: { model: name },
        cells: [
          clean && rateCell(clean.errors),
          random && finer(distortionCell(random.distortion)),
          random && numberCell(random.median, 'rms', 5),
          random && numberCell(random.relativeL2, 'significant', 3),
          successCell(random && successOf(random)),
          random && numberCell(random.evaluations, 'plain', 1),
          random && textCell(`${random.dataset} ${random.split}`),
        ],
      })),
      ...published({ name: 'AlexNet (Szegedy et al.)', ...PUBLISHED_ALEXNET }),
      ...PUBLISHED_RELATIVE.filter(({ data }) => data === 'ImageNet').flatMap(({ network, deepFool }) =>
        published({ name: `${network}, by DeepFool`, relativeL2: deepFool }),
      ),
    ],
    notes: [
      ...(lines.some(({ clean, random }) => !clean && random?.dataset.startsWith('photographs-'))
        ? [
            'No error is counted of photographs without classes that the network knows: what it takes one for stands for its label, here, in the other tables and in the figures.',
          ]
        : []),
      'Error: share of all photographs, also of those that are not attacked, whose first class is not the label. Attacked are photographs that the network gets right, with a random wrong target each.',
      'Distortion: RMS, √(Σ (x′ − x)² / values), mean over the successes; pixels from 0 to 1, so that 1/255 = 0.0039 is one step of an 8-bit image. Rates have Wilson 95 % intervals, means percentile bootstrap ones. ‖r‖/‖x‖: norm of the perturbation over that of the photograph, mean over the successes; DeepFool’s paper has it of its own method. Evaluations: forward-backward passes per photograph, on average.',
    ],
    queries: [queries.clean, queries.attacks],
  }
}

/** A distortion of photographs, which is small, with one digit more. */
const finer = (cell: Measure | undefined): Measure | undefined => cell && { ...cell, digits: 5 }

/** A row of what a paper says of a network on ImageNet. */
const published = ({
  name,
  distortion = NaN,
  relativeL2 = NaN,
  images,
}: {
  readonly name: string
  readonly distortion?: number
  readonly relativeL2?: number
  readonly images?: number
}): readonly Row[] => [
  {
    name,
    keys: { model: name },
    ...(images !== undefined && { n: images }),
    cells: [
      undefined,
      numberCell(distortion, 'rms', 4),
      undefined,
      numberCell(relativeL2, 'significant', 3),
      ...[undefined, undefined],
      textCell('ImageNet'),
    ],
  },
]

/** Success from which on a class is called within reach of every photograph. */
const EVERY = 0.99
/** What its interval has to be above: 73 photographs, all of them fooled, say that much. */
const NEARLY = 0.95
/** A step of an 8-bit image, twice: a perturbation of this RMS is not seen. */
const UNSEEN = 2 / 255

function withinReach(attacks: readonly Attack[]): Verdict | undefined {
  const judged = attacks.filter(({ attacked, distortion }) => attacked > 0 && distortion.n > 0)
  if (judged.length === 0) return undefined
  const success = judged.map((attack) => rate(successOf(attack)))
  const state = stateOf(
    judged.map(({ distortion: { low, high } }, i) => {
      // of a single example there is no interval
      if (success[i].high < EVERY || low > UNSEEN) return 'no'
      return success[i].low >= NEARLY && success[i].value >= EVERY && high <= UNSEEN ? 'yes' : 'unsure'
    }),
  )
  const shares = success.map(({ value }) => (100 * value).toFixed(1))
  const sizes = judged.map(({ distortion }) => distortion.value.toFixed(5))
  const numbers = judged.map(({ images }) => String(images))
  return {
    state,
    sentence: `${say(state)}: ${span(shares)} % of the photographs that a network gets right, of ${span(numbers)}, are taken for a class drawn at random, at an average distortion of ${span(sizes)}; a step of an 8-bit image is ${(1 / 255).toFixed(5)}.`,
    rule: `holds where of every network ${100 * EVERY} % or more are fooled (${100 * NEARLY} % at the lower end of the interval) and the interval of the average distortion is at most two steps of an 8-bit image (${UNSEEN.toFixed(5)}); does not where of every network fewer are fooled, or it is above them, with 95 % confidence`,
  }
}
