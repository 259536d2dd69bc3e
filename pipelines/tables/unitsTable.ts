import { unexpected } from '../../operators/options/unexpected.js'
import type { Row, Table, Verdict } from '../../sinks/table/table.js'
import type { RankedRows } from './rankedLayers.js'
import type { UnitsRows } from './unitsLines.js'
import { gridTitle } from './unitsTitles.js'

/** What the ranks of a data set say of units and directions. */
export interface Units extends UnitsRows {
  readonly layers: readonly RankedRows[]
  /** Whether the paper's claim holds; undefined where there are no units or no random directions. */
  readonly verdict: Verdict | undefined
  /** Label purity, then label entropy in bits: of k near the paper's row length, the other k folded. */
  readonly purity: Table
  readonly entropy: Table
}

/** Purity and entropy as one table, as the page has it. */
export function unitsTable(units: Units): Table {
  const { purity, entropy } = Object(units) as Partial<Units>
  if (!Array.isArray(purity?.rows) || !Array.isArray(entropy?.rows))
    throw unexpected('unitsTable', 'what units gives', units)
  const [first] = entropy.rows as [Row?]
  const told = first ? [{ ...entropy, title: gridTitle('entropy', Number(first.keys['k'])) }] : []
  return { ...purity, folded: [...(purity.folded ?? []), ...told, ...(entropy.folded ?? [])] }
}
