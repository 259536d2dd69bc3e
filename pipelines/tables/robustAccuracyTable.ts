import { requireArray } from '../../operators/options/requireKinds.js'
import type { Column, Grid, Measure, Row, Table } from '../../sinks/table/table.js'
import { attackNames } from './attackNames.js'
import { rateCell, textCell } from './cells.js'
import { epsilonText, NORM_NAMES, NORMS, type PerturbationNorm } from './epsilons.js'
import type { RobustAccuracy } from './robustAccuracy.js'

/** Robust accuracy of every attack, a row each, in one grid for each norm that has lines; those but the first are folded. */
export function robustAccuracyTable(
  lines: readonly RobustAccuracy[],
  queries: readonly string[] = [],
): Table {
  requireArray('robustAccuracyTable: lines', lines, 'lines of robustAccuracy')
  const [main = gridOf('l2', []), ...folded] = NORMS.flatMap((norm) => {
    const own = lines.filter((line) => line.norm === norm)
    return own.length === 0 ? [] : [gridOf(norm, own)]
  })
  return {
    ...{ ...main, folded, queries },
    id: 'robust-accuracy',
    claim:
      'The share of the images that the network gets right and of which no example was found within the budget ε: one search for the least perturbation tells it for every ε.',
    caption: 'Accuracy in % within the budget at the head of the column, with its 95 % interval.',
    verdict: undefined,
    missing: lines.length === 0 ? ['no examples'] : [],
    notes: [
      'N is of images: one counts once, in each norm by the nearest of its rows. Images that the network gets wrong are wrong at ε = 0; where an attack took only images that it gets right, 100 % at ε = 0 says no more than that. A search without an example leaves its image right. Wilson 95 % intervals.',
      'A search finds an upper bound of the least perturbation, so this accuracy is an upper bound of the robust accuracy. With a goal that aims at a class it is the accuracy against that class alone: only untargeted, and all, are against any.',
      'ε is in the units of pixels. The examples are the nearest in L2, and so in RMS, which is L2 over the root of the number of values. In L∞ they are not: their L∞ is what these examples have, not the least that there is, and an attack made for L∞ finds examples within smaller budgets.',
    ],
  }
}

const TITLES: Readonly<Record<PerturbationNorm, string>> = {
  l2: 'Robust accuracy in %, by the L2 norm of the perturbation',
  rms: 'Robust accuracy in %, by the RMS of the perturbation',
  linf: 'Robust accuracy in %, by the L∞ norm of examples that are near in L2',
}

function gridOf(norm: PerturbationNorm, lines: readonly RobustAccuracy[]): Grid {
  const epsilons = [...new Set(lines.map(({ epsilon }) => epsilon))].sort((a, b) => a - b)
  const attacks = byAttack(lines)
  const nameOf = attackNames(attacks.map(([first]) => first))
  return {
    title: TITLES[norm],
    of: 'network',
    columns: [
      { key: 'attack', title: 'method and goal' },
      { key: 'images', title: 'images' },
      ...epsilons.map((epsilon): Column => {
        const title = `${NORM_NAMES[norm]} ${epsilonText(epsilon, norm)}`
        return { key: 'accuracy', title, line: { norm, epsilon }, names: { n: 'n', count: 'correct' } }
      }),
    ],
    rows: attacks.map((own): Row => {
      const [first] = own
      const { run, sourceModel: model, dataset, split } = first
      return {
        name: model,
        keys: { model, run },
        n: first.accuracy.n,
        cells: [
          textCell(nameOf(first)),
          textCell(`${dataset} ${split}`),
          ...epsilons.map((epsilon) => {
            const line = own.find((one) => one.epsilon === epsilon)
            if (!line) return undefined
            const cell = accuracyCell(line)
            return { ...cell, heat: cell.value }
          }),
        ],
      }
    }),
  }
}

/** Lines of the same attack together. */
export function byAttack(lines: readonly RobustAccuracy[]): readonly (readonly RobustAccuracy[])[] {
  const attacks = new Map<string, RobustAccuracy[]>()
  for (const line of lines) {
    const key = JSON.stringify([line.run, line.sourceModel, line.dataset, line.split])
    attacks.set(key, [...(attacks.get(key) ?? []), line])
  }
  return [...attacks.values()]
}

/** An accuracy as a cell of a table. */
export const accuracyCell = ({ correct, accuracy: { n } }: RobustAccuracy): Measure =>
  rateCell({ rows: n, images: n, count: correct })
