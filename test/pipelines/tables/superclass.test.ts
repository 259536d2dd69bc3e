import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ofColumns } from '../../../operators/records/batch.js'
import { TABLES } from '../../../operators/records/tables.js'
import { directionsOf } from '../../../pipelines/report/directions.js'
import { report } from '../../../pipelines/report/report.js'
import { askData } from '../../../pipelines/tables/askData.js'
import type { RankedLayer } from '../../../pipelines/tables/comparedBases.js'
import { units } from '../../../pipelines/tables/units.js'
import { unitsVerdict } from '../../../pipelines/tables/unitsVerdict.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { readRecords } from '../../../sources/records.js'
import { isMeasure } from '../../../sinks/table/numbers.js'
import { ranked } from '../rankedSet.js'
import { query, UNITS } from '../recount.js'
import { rounded } from './asked.js'

/** The superclass of a label is its half, rounded down. */
const SUPERCLASSES = Int32Array.of(0, 0, 1, 1, 2)

t.test('superclasses stand beside classes, and decide', async (t) => {
  const dir = t.testdir()
  const lake = await openLake(join(dir, 'set'))
  await ranked(lake, 'hidden1', { controlled: true, superclasses: SUPERCLASSES })
  const both = await askData(lake, (database) => units(database))
  const groups = [...new Set(both.purity.rows.map(({ group }) => group))]
  t.same(groups, [
    'small hidden1: 200 images of parts test',
    'small hidden1, by superclass: 200 images of parts test',
  ])
  t.match(both.purity.notes.join('\n'), /By superclass: /)

  const halves = UNITS.replaceAll(/from ranks/g, 'from (select * replace (label // 2 as label) from ranks)')
  for (const [grouping, sql] of [
    ['class', UNITS],
    ['superclass', halves],
  ] as const) {
    const wanted = await query(lake.folder, sql, { tables: ['ranks'], printed: [] })
    const found = [both.purity, ...(both.purity.folded ?? [])].flatMap(({ rows, columns }) =>
      rows
        .filter(({ keys }) => keys['grouping'] === grouping)
        .flatMap(({ keys, cells }) =>
          cells.flatMap((cell, i) => {
            const { key, line } = columns[i]
            return key === 'purity' && cell && isMeasure(cell)
              ? [[keys['basis'], line?.['end'], keys['k'], rounded(cell.value, 9)].join()]
              : []
          }),
        ),
    )
    t.same(
      found.sort(),
      wanted
        .map((row) => [row['basis'], row['end'], row['k'], rounded(Number(row['purity']), 9)].join())
        .sort(),
      grouping,
    )
  }

  const alone = await openLake(join(dir, 'alone'))
  await ranked(alone, 'hidden1', { controlled: true })
  const byClass = await askData(alone, (database) => units(database))
  const asClasses = <Row extends RankedLayer>(rows: readonly Row[]): readonly Row[] =>
    rows.flatMap((row) => (row.grouping === 'superclass' ? [{ ...row, grouping: 'class' }] : []))
  const wanted = unitsVerdict(
    asClasses(both.coherence),
    asClasses(both.differences),
    asClasses(both.represented),
  )
  const told = / Of the first 8 images [^;]*; [^.]*\./g
  const [first, second] = both.verdict?.sentence.match(told) ?? []
  t.match(first, /have the same superclass/)
  t.ok(byClass.verdict?.sentence.includes(second), 'then the same by class')
  t.equal(
    both.verdict?.sentence
      .replace(second, '')
      .replace('superclass, along', 'label, along')
      .replaceAll(/, by superclass(?=[: ;.])| by superclass,/g, ''),
    wanted?.sentence,
    'as if superclasses were the labels',
  )
  t.equal(
    both.verdict?.rule.replace(/, by WordNet superclass [^;]*/, ''),
    wanted?.rule,
    'the rule says by what it goes',
  )
  t.notMatch(byClass.verdict?.rule, 'superclass')
  t.same(
    both.coherence.filter(({ grouping }) => grouping === 'class'),
    byClass.coherence,
  )
  const shown = await askData(lake, async (database) => directionsOf(database, both.layers), {
    tables: ['ranks', 'coherence', 'images'],
  })
  t.same([shown.layers.length, shown.missing], [1, []], 'each layer has its pictures once')
  const { file } = await report(lake.folder)
  t.match(readFileSync(file, 'utf8'), /along random directions of 1 layer\.</, 'and is one')
})

t.test('what tells nothing decides nothing', async (t) => {
  const dir = t.testdir()
  const verdictOf = async (name: string, options: Parameters<typeof ranked>[2]) => {
    const lake = await openLake(join(dir, name))
    await ranked(lake, 'hidden1', { size: 60, ...options })
    return (await askData(lake, (database) => units(database))).verdict
  }
  t.same(
    await verdictOf('one superclass', { superclasses: new Int32Array(5) }),
    await verdictOf('without', {}),
    'where all images are of one superclass their classes decide',
  )
  const own = await verdictOf('a class each', {
    ...{ classes: 60, superclasses: Int32Array.from({ length: 60 }, (_, label) => label % 5) },
  })
  t.match(own?.sentence, /: by superclass, random directions .* have the same superclass/)
  t.notMatch(own?.sentence, 'the same label', 'no two photographs are of one class')
  const nothing = await verdictOf('a class each alone', { classes: 60 })
  t.match(nothing, { state: 'open', sentence: /^Not sure: nothing can be told where / })
})

t.test('rows of an earlier version are of classes', async (t) => {
  const dir = t.testdir()
  const now = await openLake(join(dir, 'now'))
  const { coherence } = await ranked(now, 'hidden1')
  const earlier = await openLake(join(dir, 'earlier'))
  const writer = earlier.writer('coherence', { step: coherence.step, partition: { name: 'small' } })
  const names = TABLES.coherence.columns.map(({ name }) => name).filter((name) => name !== 'grouping')
  for await (const rows of readRecords('coherence', join(now.folder, 'coherence')))
    await writer.write(ofColumns(TABLES.coherence.toArrow(rows), names))
  await writer.close()
  const [old, told] = await Promise.all(
    [earlier, now].map((lake) => askData(lake, (database) => units(database), { tables: ['coherence'] })),
  )
  t.ok(old.coherence.length > 0 && old.coherence.every(({ grouping }) => grouping === 'class'))
  t.same(old.coherence, told.coherence)
  t.same(old.verdict, told.verdict)
  const figures = await askData(earlier, (database) =>
    database.rows(`FROM coherence WHERE "grouping" IS NULL`),
  )
  t.equal(figures.length > 0, true, 'the column is there and null')
})
