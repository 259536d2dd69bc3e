import { join } from 'node:path'
import t from 'tap'
import type { Measure as Measured } from '../../../pipelines/tables/comparedBases.js'
import { units } from '../../../pipelines/tables/units.js'
import { unitsTable } from '../../../pipelines/tables/unitsTable.js'
import { isMeasure } from '../../../sinks/table/numbers.js'
import type { Grid } from '../../../sinks/table/table.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { ranked } from '../rankedSet.js'
import { query, UNITS } from '../recount.js'
import { rounded } from './asked.js'
import { askData } from '../../../pipelines/tables/askData.js'

const BASES = ['unit', 'gaussian', 'rotation', 'pixels', 'untrained unit', 'untrained gaussian', 'uniform']
const LAYERS = ['hidden1', 'hidden2']
const ENDS = { top: 'first k', bottom: 'last k', better: 'better end' }

/** The numbers of a grid that people see, by layer, row and column. */
const numbersOf = ({ columns, rows }: Grid) =>
  Object.fromEntries(
    LAYERS.map((layer) => [
      layer,
      Object.fromEntries(
        rows
          .filter(({ keys }) => keys['layer'] === layer)
          .map(({ name, cells }) => [
            name,
            Object.fromEntries(
              columns.flatMap(({ title, aside = false }, i) => {
                const cell = cells[i]
                return !aside && cell && isMeasure(cell) ? [[title, rounded(cell.value, 9)]] : []
              }),
            ),
          ]),
      ),
    ]),
  )

t.test('the numbers are those of the ranks', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const files = []
  for (const layer of ['hidden2', 'hidden1']) files.push(await ranked(lake, layer, { controlled: true }))
  const told = await askData(lake, (database) => units(database))
  t.match(
    told.verdict?.sentence,
    /^(Holds|Not sure|Does not hold).*from the better of its two ends.*random direction of the pixels \d+ %, along a random direction of the network untrained.*Due to the representation, .*: small hidden1 [+−].*certain in \d of 2 layers.*At the top alone/,
  )
  t.match(
    told.verdict?.sentence,
    /cannot be said with fewer than 20 untied directions of each kind: small hidden1; small hidden2\./,
  )
  const rows = await query(lake.folder, UNITS, { tables: ['ranks'], printed: [] })
  const wanted = (measure: Measured, k: number) =>
    Object.fromEntries(
      LAYERS.map((layer) => {
        const of = (basis: string, end = 'better') => {
          const row = rows.find(
            (one) =>
              [one['layer'], one['basis'], one['end'], one['k']].join() === [layer, basis, end, k].join(),
          )
          return row === undefined ? NaN : Number(row[measure])
        }
        const best = (...controls: string[]) =>
          (measure === 'purity' ? Math.max : Math.min)(...controls.map((control) => of(control)))
        const row = (basis: string) => ({
          ...Object.fromEntries(
            Object.entries(ENDS).flatMap(([end, title]) =>
              Number.isNaN(of(basis, end)) ? [] : [[title, rounded(of(basis, end), 9)]],
            ),
          ),
          ...(['gaussian', 'rotation'].includes(basis) && {
            'units − these, better end': rounded(of('unit') - of(basis), 9),
          }),
          ...(['unit', 'gaussian', 'rotation'].includes(basis) && {
            'due to the representation, better end': rounded(
              of(basis) - best('pixels', `untrained ${basis === 'unit' ? 'unit' : 'gaussian'}`),
              9,
            ),
          }),
        })
        return [layer, Object.fromEntries(BASES.map((basis) => [basis, row(basis)]))]
      }),
    )
  const { purity, entropy } = told
  t.same(
    [purity, ...(purity.folded ?? [])].map(numbersOf),
    [8, 4, 16].map((k) => wanted('purity', k)),
  )
  t.same(
    [entropy, ...(entropy.folded ?? [])].map(numbersOf),
    [8, 4, 16].map((k) => wanted('entropy', k)),
  )
  t.equal(purity.rows[0].group, 'small hidden1: 200 images of parts test')
  t.ok(
    purity.rows.every(({ n }) => n === 12),
    'twelve directions of each kind',
  )
  t.equal(unitsTable(told).folded?.length, 5)

  const [, { coherence }] = files
  const one = await askData(lake, (database) => units(database, { runs: [coherence.step] }))
  t.same([...new Set(one.coherence.map(({ layer }) => layer))], ['hidden1'], 'of one run')
  t.same(
    one.coherence,
    told.coherence.filter(({ layer }) => layer === 'hidden1'),
  )
  t.match(one.purity.queries, [new RegExp(`run IN \\('${coherence.step}'\\)`)])
})

t.test('ties are left out, and said', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  // images of one grey each: many have the same value along every direction
  await ranked(lake, 'hidden1', { size: 3 })
  const { purity, coherence } = await askData(lake, (database) => units(database))
  t.same([purity.rows, coherence, purity.notes], [[], [], []])
  t.match(purity.missing, [/fewer than 4 images/])
})
