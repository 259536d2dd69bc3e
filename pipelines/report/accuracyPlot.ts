import type { ReportPlot } from '../../sinks/report/content.js'
import { curvePlot, MOST_CURVES, type PlotCurve } from '../../sinks/report/curvePlot.js'
import type { Database } from '../../sources/duckdb.js'
import { attackNames } from '../tables/attackNames.js'
import { NORM_NAMES, NORMS, type Epsilons, type PerturbationNorm } from '../tables/epsilons.js'
import { accuracySql, reachOf, robustAccuracy, type RobustAccuracy } from '../tables/robustAccuracy.js'
import { byAttack } from '../tables/robustAccuracyTable.js'

/** Places of a curve beside 0. */
const PLACES = 60
/** Of each run so large a share of the distances is beyond an axis. */
const BEYOND = 0.01

/** Robust accuracy against ε of every attack on the networks that are shown: a panel for each norm, and for six attacks; those on one network together. */
export async function accuracyPlot(
  database: Database,
  isShown: (model: string) => boolean = () => true,
): Promise<ReportPlot> {
  const reach = await reachOf(database, BEYOND)
  const places = (norm: PerturbationNorm) =>
    Array.from({ length: PLACES + 1 }, (_, i) => (i * Math.max(reach[norm], Number.MIN_VALUE)) / PLACES)
  const epsilons: Epsilons = { l2: places('l2'), rms: places('rms'), linf: places('linf') }
  const all = await robustAccuracy(database, { epsilons })
  const attacks = byAttack(all.filter(({ sourceModel }) => isShown(sourceModel)))
  const kindOf = attackNames(attacks.map(([first]) => first))
  const kinds = new Set(attacks.map(([first]) => kindOf(first)))
  // what all have in common is said once
  const nameOf = (attack: RobustAccuracy) =>
    kinds.size === 1 ? attack.sourceModel : `${attack.sourceModel}, ${kindOf(attack)}`
  const groups = grouped(attacks)
  return {
    id: 'accuracy',
    title: 'Accuracy against ε',
    description:
      'The share of the images that the network gets right and of which no example was found within ε, with its 95 % band over images. An upper bound of robust accuracy, against a class alone where the goal aims at one; L∞ is that of examples that are near in L2, not the least that there is.' +
      (kinds.size === 1 ? ` All by ${[...kinds].join()}.` : ''),
    panels: groups.flatMap((group, i) =>
      NORMS.map((norm) => {
        const part = groups.length > 1 ? ` ${i + 1}` : ''
        const name = `${NORM_NAMES[norm]}${part && `, part${part} of ${groups.length}`}`
        const curves = group.map((lines) => curveOf(nameOf(lines[0]), lines, norm))
        const label = `Accuracy against the ${NORM_NAMES[norm]} of the perturbation: ${curves.map((curve) => curve.name).join('; ')}`
        const most = epsilons[norm][PLACES]
        const x = `ε (${NORM_NAMES[norm]})`
        return {
          file: `${norm}${part}`,
          name,
          svg: curvePlot(curves, { x, y: 'accuracy, %', most, highest: 100, label }),
        }
      }),
    ),
    columns: ['network and attack', 'norm', 'ε', 'N', 'accuracy %', 'from', 'to'],
    rows: attacks.flatMap((lines) =>
      lines
        .filter((line) => epsilons[line.norm].indexOf(line.epsilon) % 5 === 0)
        .map((line) => [
          nameOf(line),
          NORM_NAMES[line.norm],
          line.epsilon.toPrecision(3),
          String(line.accuracy.n),
          ...[line.accuracy.value, line.accuracy.low, line.accuracy.high].map((share) =>
            (100 * share).toFixed(1),
          ),
        ]),
    ),
    query: accuracySql({}, epsilons),
  }
}

/** Attacks in groups of as many curves as a panel has room for; those on one network are in one, unless they are more. */
function grouped<Attack extends readonly RobustAccuracy[]>(
  attacks: readonly Attack[],
): readonly (readonly Attack[])[] {
  const groups: Attack[][] = []
  for (const model of new Set(attacks.map(([{ sourceModel }]) => sourceModel))) {
    const own = attacks.filter(([{ sourceModel }]) => sourceModel === model)
    for (let at = 0; at < own.length; at += MOST_CURVES) {
      const part = own.slice(at, at + MOST_CURVES)
      const last = groups.at(-1)
      if (last && last.length + part.length <= MOST_CURVES) last.push(...part)
      else groups.push(part)
    }
  }
  return groups
}

const curveOf = (name: string, lines: readonly RobustAccuracy[], norm: PerturbationNorm): PlotCurve => ({
  name,
  points: lines
    .filter((line) => line.norm === norm)
    .map(({ epsilon, accuracy: { value, low, high } }) => ({
      ...{ x: epsilon, y: 100 * value, low: 100 * low, high: 100 * high },
    })),
})
