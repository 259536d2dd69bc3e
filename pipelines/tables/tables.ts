import type { LakeFile } from '../../sinks/lake/lake.js'
import { isMeasure } from '../../sinks/table/numbers.js'
import type { Table } from '../../sinks/table/table.js'
import type { Database } from '../../sources/duckdb.js'
import { attacksTable } from './attacks.js'
import { bySeed } from './bySeed.js'
import { table2, table4, transferTable } from './errors.js'
import type { DataSetTables, PaperTables, PhotographTables } from './dataSet.js'
import { measure } from './measure.js'
import type { About, Measured } from './measured.js'
import { areNetworks, networksTable } from './networks.js'
import { arePhotographs, photographsTable } from './photographs.js'
import type { Restriction } from './restriction.js'
import { sweepOf } from './sweepOf.js'
import { overSeeds } from './overSeeds.js'
import { accuracySql, robustAccuracy } from './robustAccuracy.js'
import { robustAccuracyTable } from './robustAccuracyTable.js'
import { survivalOf, survivalTable } from './survival.js'
import { table1 } from './table1.js'
import { table3 } from './table3.js'
import { units } from './units.js'
import { unitsTable, type Units } from './unitsTable.js'

/** Those of the paper, of what was measured. */
export function ofPaper(measured: Measured, { purity, entropy }: Units): PaperTables {
  const [first, ...others] = bySeed(measured)
  const of = (table: Table) => ofQuick(table, measured)
  const seeds = (table: (of: Measured) => Table) => of(overSeeds([table(first), ...others.map(table)]))
  return {
    table1: seeds(table1),
    table2: seeds(table2),
    table3: seeds(table3),
    table4: seeds(table4),
    purity: of(purity),
    entropy: of(entropy),
  }
}

/**
 * All tables of a data set: those of the paper, of a sweep, the attacks, what of them survives being stored, and units and directions.
 *
 * @param files of the data set, with those that are lost
 * @param restriction which rows the tables of the paper are of; the others are of all. Default: all
 */
export async function dataSetTables(
  database: Database,
  files: readonly LakeFile[],
  restriction: Restriction = {},
  about: About = {},
): Promise<DataSetTables> {
  const measured = await measure(database, {}, about)
  const restricted = isWhole(restriction) ? measured : await measure(database, restriction, about)
  const own = await units(database, restriction, files)
  const ranked = files.some((file) => isAside(file, restriction)) ? await units(database, {}, files) : own
  const isRanked = files.some(({ table }) => table === 'ranks' || table === 'coherence')
  const isOfPaper = about.seed !== undefined || (namesOf(measured).length === 0 && !isRanked)
  const attacked = isOfPaper || measured.attacks.length > 0
  const paper = ofPaper(restricted, own)
  const accuracy = await accuracyOf(database, restriction)
  const all = isWhole(restriction) ? accuracy : await accuracyOf(database)
  const survival = await survivalOf(database)
  const { tables: sweep, numbers: configurations } = sweepOf(restricted)
  const isSweep = configurations.length > 0
  const photographs = ofPhotographs(restricted, own, survival ?? survivalTable([]))
  const { table1: one, table2: two, table3: three, table4: four } = paper
  const numbered = [one, two, three, four]
  const first = arePhotographs(measured)
    ? [photographs.photographs, ...filled(photographs.transfer)]
    : isOfPaper
      ? numbered
      : numbered.some(hasPaper)
        ? numbered.flatMap(filled)
        : isSweep && !areOthers(restricted, configurations)
          ? []
          : [
              ...(areNetworks(restricted) ? [networksTable(restricted)] : []),
              ...filled(transferTable(restricted)),
            ]
  const { decay, ...configured } = sweep
  const swept = [...Object.values(configured), ...(decay.rows.length > 0 ? [decay] : [])]
  return {
    tables: [
      ...first,
      ...(isSweep ? swept : []),
      ...(attacked ? [attacksTable(measured)] : []),
      ...(all.rows.length > 0 ? [all] : []),
      ...(survival ? [ofQuick(survival, measured)] : []),
      ...(isRanked ? [ofQuick(unitsTable(ranked), measured)] : []),
    ],
    ...{ paper, photographs, sweep, configurations, accuracy, measured, layers: ranked.layers },
    ...{ attacked, ofPaper: isOfPaper },
  }
}

async function accuracyOf(database: Database, { runs, first }: Restriction = {}): Promise<Table> {
  const lines = await robustAccuracy(database, { runs, first })
  return robustAccuracyTable(lines, lines.length === 0 ? [] : [accuracySql({ runs, first })])
}

function ofPhotographs(measured: Measured, { purity, entropy }: Units, survival: Table): PhotographTables {
  return {
    photographs: photographsTable(measured),
    transfer: {
      ...table2(measured),
      id: 'transfer',
      title: 'Transfer: error in % on examples made for one network, fed to the others',
    },
    ...{ survival, attacks: attacksTable(measured), purity, entropy },
  }
}

/** A table of networks of somebody's own, who lacks nothing of the paper's; none without rows. */
const filled = (table: Table): readonly Table[] => (table.rows.length > 0 ? [{ ...table, missing: [] }] : [])

/** Whether there are networks beside those of a sweep. */
function areOthers(measured: Measured, configurations: DataSetTables['configurations']): boolean {
  const own = new Set(configurations.flatMap(({ networks }) => networks.map(({ name }) => name)))
  return namesOf(measured).some((name) => !own.has(name))
}

/** Whether the paper's numbers stand in a table. */
const hasPaper = ({ rows }: Table): boolean =>
  rows.some(({ cells }) => cells.some((cell) => cell && isMeasure(cell) && cell.paper !== undefined))

/** Whether directions were ranked by another run than those of a restriction. */
const isAside = ({ table, step }: LakeFile, { runs }: Restriction) =>
  table === 'coherence' && runs?.includes(step) === false

const isWhole = ({ first, runs, victims }: Restriction) =>
  [first, runs, victims].every((one) => one === undefined)

/** The networks that there is something of beside their directions. */
const namesOf = ({ models, attacks, scores, clean }: Measured): readonly string[] => [
  ...models.keys(),
  ...clean.map((row) => row.model),
  ...attacks.map((row) => row.sourceModel),
  ...scores.map((row) => row.model),
]

/** A table of `--quick`, whose verdict is about other networks than the paper's. */
function ofQuick(table: Table, { quick }: Measured): Table {
  if (quick !== true || !table.verdict) return table
  const sentence = `Of --quick’s networks, not the paper’s. ${table.verdict.sentence}`
  return { ...table, verdict: { ...table.verdict, sentence } }
}
