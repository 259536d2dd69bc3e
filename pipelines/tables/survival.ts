import type { Measure, More, Table } from '../../sinks/table/table.js'
import type { Database } from '../../sources/duckdb.js'
import { attackNames } from './attackNames.js'
import { rateCell, textCell } from './cells.js'
import { byModel } from './measured.js'
import { allOf, hitsOf, lineRows, scoreLines, type ScoreLine } from './scores.js'

/** Examples that were stored as a file of 8 bits a value and read again. */
const STORED = ['png', 'jpeg'] as const
const WITH_FOUND = ['adversarial', ...STORED] as const

/** What examples are after being stored, for all that a data set has scored of such; undefined where it has none. */
export async function survivalOf(database: Database): Promise<Table | undefined> {
  const stored = await scoreLines(database, { kinds: STORED })
  if (stored.length === 0) return undefined
  return survivalTable(await scoreLines(database, { kinds: WITH_FOUND }))
}

/**
 * How many examples of each attack still fool a network, and are still taken for their target, once they are stored as
 * PNG or JPEG; a row per attack and victim, of those of which something was stored.
 */
export function survivalTable(lines: readonly ScoreLine[]): Table {
  const groups = new Map<string, ScoreLine[]>()
  for (const line of lines)
    if (line.kind === 'adversarial' || isStored(line))
      groups.set(placeOf(line), [...(groups.get(placeOf(line)) ?? []), line])
  const shown = [...groups.values()].filter((group) => group.some(isStored))
  const forms = [...new Set(shown.flat().map(formOf))].sort((a, b) => orderOf(a) - orderOf(b))
  const nameOf = attackNames(shown.map(([line]) => line))
  // the network that the examples were made for before its other victims
  const ordered = byModel(
    [...shown].sort(([a], [b]) => Number(isOwn(b)) - Number(isOwn(a))),
    ([line]) => line.sourceModel,
  )
  return {
    id: 'survival',
    title: 'Survival: examples in % that still fool once stored in 8 bits',
    claim:
      'A perturbation may be smaller than what a file of 8 bits a value can say, or than what JPEG keeps.',
    verdict: undefined,
    missing: shown.length === 0 ? ['no examples that were stored: score with --png and --jpeg'] : [],
    of: 'made for',
    columns: [
      { key: 'attack', title: 'by' },
      { key: 'fed_to', title: 'fed to' },
      ...forms.map((stored) => ({
        ...{ key: 'fools', title: stored, line: { stored } },
        names: { n: 'n', count: 'fooled' },
      })),
    ],
    rows: ordered.map((group) => {
      const [line] = group
      const { sourceModel: source, run, model } = line
      return {
        name: source,
        keys: { made_for: source, run },
        n: Math.max(...group.map(({ images }) => images)),
        cells: [
          textCell(nameOf(line)),
          textCell(model),
          ...forms.map((form) => cellOf(group.find((one) => formOf(one) === form))),
        ],
      }
    }),
    notes: [
      'The share of the examples that the network they are fed to takes for another class than the label; “target”: for the class that the example aims at; “same class”: of an untargeted attack, for the class that it found. float32: as the attack found them, PNG: rounded to 8 bits a value, JPEG: encoded at that quality by libjpeg-turbo with colours at half the width and height (4:2:0), and decoded. A coarse JPEG alone makes a network err: what is still taken for that class is due to the perturbation, what is only taken for another class need not be.',
      'Rates have Wilson 95 % intervals. N is of images: several rows of one count as one in the intervals.',
    ],
    queries: [lineRows({ kinds: WITH_FOUND })],
  }
}

const isStored = ({ kind }: ScoreLine) => STORED.some((one) => one === kind)
const isOwn = ({ sourceModel: source, model }: ScoreLine) => source === model
const placeOf = ({ run, sourceModel: source, method, goal, options, model }: ScoreLine) =>
  JSON.stringify([run, source, method, goal, options, model])

/** How examples are stored, in words. */
const formOf = ({ kind, quality }: ScoreLine): string =>
  kind === 'adversarial' ? 'float32' : kind === 'png' ? 'PNG' : `JPEG ${quality ?? '?'}`

/** What loses least comes first. */
const orderOf = (form: string): number =>
  form === 'float32' ? -2 : form === 'PNG' ? -1 : 100 - Number(form.slice('JPEG '.length))

function cellOf(line: ScoreLine | undefined): Measure | undefined {
  if (!line) return undefined
  const target: More = {
    ...{ key: 'target', names: { n: 'target_n', count: 'targeted' }, shown: true },
    after: line.goal === 'untargeted' ? 'same class' : 'target',
    ...rateCell(hitsOf(line)),
  }
  const fools = rateCell(allOf(line))
  return { ...fools, heat: fools.value, ...(line.aimed > 0 && { more: [target] }) }
}
