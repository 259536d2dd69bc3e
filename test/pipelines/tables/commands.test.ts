import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { attackRuns, attackRunsTable } from '../../../pipelines/tables/attackRuns.js'
import { attackSummary } from '../../../pipelines/tables/attackSummary.js'
import { attacksTable } from '../../../pipelines/tables/attacks.js'
import { measure } from '../../../pipelines/tables/measure.js'
import { report } from '../../../pipelines/report/report.js'
import { paperTables } from '../../../pipelines/tables/paperTables.js'
import { units } from '../../../pipelines/tables/units.js'
import type { Restriction } from '../../../pipelines/tables/restriction.js'
import { scoreLines, scoresTable, type ScoresOf } from '../../../pipelines/tables/scores.js'
import { tableText } from '../../../sinks/table/text.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { examplesOf, modelOf, put, scoresOf } from '../dataSet.js'
import { cellsOf, measureAt, rounded } from './asked.js'
import { askData } from '../../../pipelines/tables/askData.js'

t.test('what came of an attack', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const rows = examplesOf('mine', [0.1, 0.3, NaN, 0.2], { skipped: 2 })
  rows.reason[2] = 5 // non-finite
  const relativeL2 = rows.distortion.map((value) => 3 * value)
  await put(lake, 'examples', { source: 'mine' }, { ...rows, relativeL2 })
  await put(lake, 'examples', { source: 'mine' }, { ...examplesOf('mine', [0.9]), run: 'other' })
  await askData(lake, async (database) => {
    const run = 'run of mine random'
    const all = await attackSummary(database, { run })
    t.match(all, { success: 3, failed: 1, skipped: 2, nonFinite: 1, images: 4 })
    t.same([all.successRate.value, all.successRate.n], [0.75, 4])
    t.same([rounded(all.distortion.value), all.distortion.n, rounded(all.relativeL2 ?? NaN)], [0.2, 3, 0.6])
    t.equal((await attackSummary(database, { run: 'other' })).relativeL2, null, 'of an earlier version')
    t.match(await attackSummary(database, { run, first: 2 }), {
      ...{ success: 2, failed: 0, skipped: 0, nonFinite: 0, images: 2, distortion: { value: 0.2, n: 2 } },
    })
    t.match(await attackSummary(database, { run, first: 5 }), { success: 3, failed: 1, skipped: 1 })
    t.match(await attackSummary(database, { run: `it's none` }), {
      success: 0,
      images: 0,
      distortion: { n: 0 },
    })

    const runs = await attackRuns(
      database,
      [run, 'other'].map((run) => ({ run, sourceModel: 'mine', method: 'l-bfgs', goal: 'random' })),
    )
    const beside = attackRunsTable(runs)
    const cellOf = (title: string) =>
      beside.rows[0].cells[beside.columns.findIndex((one) => one.title === title)]
    t.match(
      ['images', 'skipped', 'attacked', 'failed', 'examples'].map(cellOf),
      [6, 2, 4, 1, 3].map((value) => ({ value })),
      'each rate has its N in a column',
    )
    t.match(cellOf('accuracy, % of images'), { value: 4 / 6 })
    t.match(cellOf('fooled, % of attacked'), { value: 3 / 4 })
    t.notMatch(tableText(beside, { width: 80 }), /\bN\b/)

    const table = attacksTable(await measure(database))
    t.equal(table.rows.length, 2)
    t.match(table.rows[0].cells[0], { text: 'l-bfgs, random, run other' })
    t.match(
      table.rows.map(({ cells }) => cells[3]),
      [{ value: 0 }, { value: 2 }],
      'skipped',
    )
    const relative = table.columns.findIndex(({ key }) => key === 'relative_l2')
    t.match(
      table.rows.map(({ cells }) => cells[relative]),
      [undefined, { value: all.relativeL2 }],
    )
    const measured = await measure(database)
    const noteOf = (dataset: string, goal = 'untargeted') =>
      attacksTable({ ...measured, attacks: measured.attacks.map((attack) => ({ ...attack, dataset, goal })) })
        .notes[0]
    t.match(
      noteOf('mnist'),
      /attacks: a ReLU network FC500-150-10 on MNIST 0\.12 by L-BFGS, 0\.11 by DeepFool\.$/,
    )
    t.match(noteOf('imagenet-1017e158ecaa'), /attacks: CaffeNet on ImageNet 0\.0027 by DeepFool\.$/)
    t.match(noteOf('fashion-mnist'), /on average\.$/, 'of other images there is nothing')
  })
})

t.test('a restriction is none of SQL', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  await put(lake, 'examples', { source: 'mine' }, examplesOf('mine', [0.1]))
  await askData(lake, async (database) => {
    for (const first of [NaN, Infinity, 0, 1.5, '5) OR (true'])
      await t.rejects(paperTables(database, { first } as Restriction), {
        code: 'bad-option',
        message: /^first: .* got/,
      })
    for (const names of ['run', [1], {}])
      for (const key of ['runs', 'victims'])
        await t.rejects(paperTables(database, { [key]: names }), {
          code: 'bad-option',
          message: `${key}: expected a list`,
        })
    await t.rejects(units(database, { runs: 'x' as unknown } as Restriction), { code: 'bad-option' })
    await t.rejects(scoreLines(database, { models: 'x' as unknown } as ScoresOf), {
      code: 'bad-option',
      message: /^models/,
    })
    await t.rejects(attackSummary(database, { run: 'a', first: NaN }), {
      code: 'bad-option',
      message: /^first/,
    })
    await paperTables(database, { first: 1, runs: ["it's"], victims: [] })
  })
})

t.test('a damaged file is named, and matters only to who asks its table', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  await put(lake, 'examples', { source: 'mine' }, examplesOf('mine', [0.1, 0.2]))
  await put(lake, 'models', { name: 'mine' }, [modelOf('mine', 0.1, 0.2)])
  const [{ path }] = await lake.files({ table: 'models' })
  const bytes = readFileSync(path)
  const run = 'run of mine random'
  for (const at of [4, bytes.length >> 1, bytes.length - 40]) {
    writeFileSync(
      path,
      bytes.map((byte, i) => (Math.abs(i - at) < 30 ? byte ^ 0x5a : byte)),
    )
    await t.rejects(
      askData(lake, (database) => database.rows('SELECT * FROM models')),
      { code: 'bad-data', message: `${path} is not what was committed` },
    )
    await t.rejects(report(lake.folder), { code: 'bad-data', message: `${path} is not what was committed` })
    const asked = askData(lake, (database) => attackSummary(database, { run }), { tables: ['examples'] })
    t.match(await asked, { success: 2 })
  }
  await t.rejects(
    askData(lake, (database) => database.rows('SELECT nope\nFROM examples'), { tables: ['examples'] }),
    { code: 'bad-option', message: /^Binder Error: .*nope.*\n[^]*LINE 1: SELECT nope\n +\^$/ },
    'a mistake in SQL is told in DuckDB’s words',
  )
})

t.test('what models made of what they were shown', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const write = async (step: string, ...rows: ReturnType<typeof scoresOf>[]) => {
    const writer = lake.writer('scores', { step, partition: { shown: step } })
    for (const row of rows) await writer.write(row)
    await writer.close()
  }
  const wrong = { ...scoresOf('a', 'b', 4, 1), cleanError: new Uint8Array(4).fill(1) }
  // two rows of one image, and one of it in another split
  const nine = { ...scoresOf('a', 'a', 4, 2), index: Int32Array.of(1, 1, 2, 3) }
  await write('one', wrong, nine, { ...scoresOf('a', 'a', 1, 1), split: 'test', index: Int32Array.of(1) })
  await write('two', scoresOf('', 'a', 4, 1, { kind: 'gaussian', stddev: 0.1 }))
  await askData(lake, async (database) => {
    const lines = await scoreLines(database, { runs: ['one', 'two'], models: ['a', 'b'] })
    t.match(
      lines.map(({ kind, model, rows, images, errors }) => [kind, model, rows, images, errors]),
      [
        ['adversarial', 'b', 4, 4, 1],
        ['adversarial', 'a', 5, 4, 3],
        ['gaussian', 'a', 4, 4, 1],
      ],
    )
    t.match(lines[0], {
      error: { value: 0.25 },
      cleanRows: 0,
      cleanError: { n: 0, value: NaN },
      method: 'l-bfgs',
    })
    // Wilson's interval of 3 of 5 rows, with the N of four images
    const { n, value, low, high } = lines[1].error
    t.same([n, value, rounded(low), rounded(high)], [4, 0.6, 0.2046, 0.8974])
    t.match(lines[2], { run: 'gaussian run', seed: 1, stddev: 0.1, clip: false, method: '', goal: '' })
    t.same(await scoreLines(database, { runs: ['two'], models: ['b'] }), [])
    t.equal((await scoreLines(database)).length, 3)

    const table = scoresTable(lines)
    t.match(cellsOf(table)['a'], { shown: { text: 'adversarial' }, by: { text: 'l-bfgs, random' } })
    t.equal(measureAt(table, '', 'error').value, 0.25)
  })
})
