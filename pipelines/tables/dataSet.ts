import type { Table } from '../../sinks/table/table.js'
import type { Measured } from './measured.js'
import type { RankedRows } from './rankedLayers.js'
import type { ConfigurationNumbers } from './sweepNumbers.js'

/** The tables of the paper, by the names of their files. */
export type PaperTables = Readonly<
  Record<'table1' | 'table2' | 'table3' | 'table4' | 'purity' | 'entropy', Table>
>

/** The tables of networks on photographs, by the names of their files. */
export type PhotographTables = Readonly<
  Record<'photographs' | 'transfer' | 'survival' | 'attacks' | 'purity' | 'entropy', Table>
>

/** The tables of a sweep, by the names of their files. */
export type SweepTables = Readonly<Record<'sweep' | 'transferMatrix' | 'decay', Table>>

/** What a data set says, as tables and as the numbers that pictures and plots go by. */
export interface DataSetTables {
  /** The tables that the data set can have: one of ranks alone lacks no attack. */
  readonly tables: readonly Table[]
  /** The tables of the paper, with what the data set lacks. */
  readonly paper: PaperTables
  /** Those of networks on photographs, with what the data set lacks. */
  readonly photographs: PhotographTables
  /** Those of a sweep; without rows where the data set has no networks of one. */
  readonly sweep: SweepTables
  /** The configurations of the sweep; none where there is no sweep. */
  readonly configurations: readonly ConfigurationNumbers[]
  /** Robust accuracy of the attacks; without rows where there are none. */
  readonly accuracy: Table
  readonly measured: Measured
  readonly layers: readonly RankedRows[]
  /** Networks were attacked, or are to be. */
  readonly attacked: boolean
  /** The main job has made the data set, or nobody yet: what it lacks is missing. Of somebody's own networks nothing is. */
  readonly ofPaper: boolean
}
