import type { LakeFile } from '../../sinks/lake/lake.js'
import type { Table } from '../../sinks/table/table.js'
import type { Database } from '../../sources/duckdb.js'
import { attacksTable } from './attacks.js'
import { bySeed } from './bySeed.js'
import { table2, table4 } from './errors.js'
import type { DataSetTables, PaperTables, PhotographTables } from './dataSet.js'
import { measure } from './measure.js'
import { isPublished, type About, type Measured } from './measured.js'
import { arePhotographs, photographsTable } from './photographs.js'
import type { Restriction } from './restriction.js'
import { sweepOf } from './sweepTables.js'
import { overSeeds } from './overSeeds.js'
import { robustAccuracy, robustAccuracySql } from './robustAccuracy.js'
import { robustAccuracyTable } from './robustAccuracyTable.js'
import { survivalOf, survivalTable } from './survival.js'
import { table1 } from './table1.js'
import { table3 } from './table3.js'
import { units, unitsTable, type Units } from './units.js'

/**
 * Tables 1 to 4 and those of units and directions, made of the rows of a data set.
 *
 * @param restriction which rows they are of. Default: all
 * @example const { table1 } = await paperTables(database, { first: 256 })
 */
export async function paperTables(
  database: Database,
  restriction: Restriction = {},
  about: About = {},
): Promise<PaperTables> {
  return ofPaper(await measure(database, restriction, about), await units(database, restriction))
}

function ofPaper(measured: Measured, { purity, entropy }: Units): PaperTables {
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
  const named = namesOf(measured)
  const attacked = named.length > 0 || !isRanked
  const isOfPaper = attacked && (named.length === 0 || named.some(isPublished))
  const paper = ofPaper(restricted, own)
  const accuracy = await accuracyOf(database, restriction)
  const all = isWhole(restriction) ? accuracy : await accuracyOf(database)
  const survival = attacked ? await survivalOf(database) : undefined
  const { tables: sweep, numbers: configurations } = sweepOf(restricted)
  const isSweep = configurations.length > 0
  const photographs = ofPhotographs(restricted, own, survival ?? survivalTable([]))
  const first = arePhotographs(measured)
    ? [photographs.photographs, photographs.transfer]
    : isSweep && !isOfPaper
      ? []
      : [paper.table1, paper.table2]
  const { decay, ...configured } = sweep
  const swept = [...Object.values(configured), ...(decay.rows.length > 0 ? [decay] : [])]
  return {
    tables: [
      ...(attacked ? first : []),
      ...(isOfPaper ? [paper.table3, paper.table4] : []),
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
  return robustAccuracyTable(lines, lines.length === 0 ? [] : [robustAccuracySql(lines, { runs, first })])
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

/** Whether directions were ranked by another run than those of a restriction. */
const isAside = ({ table, step }: LakeFile, { runs }: Restriction) =>
  table === 'coherence' && runs?.includes(step) === false

const isWhole = ({ first, runs, victims }: Restriction) =>
  [first, runs, victims].every((one) => one === undefined)

/** The networks that there is something of beside their directions. */
const namesOf = ({ models, attacks, scores }: Measured): readonly string[] => [
  ...models.keys(),
  ...attacks.map((row) => row.source_model),
  ...scores.map((row) => row.model),
]

/** A table of `--quick`, whose verdict is about other networks than the paper's. */
function ofQuick(table: Table, { quick }: Measured): Table {
  if (quick !== true || !table.verdict) return table
  const sentence = `Of --quick’s networks, not the paper’s. ${table.verdict.sentence}`
  return { ...table, verdict: { ...table.verdict, sentence } }
}
