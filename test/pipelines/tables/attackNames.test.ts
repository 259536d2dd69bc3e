import { join } from 'node:path'
import t from 'tap'
import { askData, openLake, report, scoresTable, scoreLines, tableText } from 'blindspot'
import { readFileSync } from 'node:fs'
import { parseHTML } from 'linkedom'
import { attackNames, kindNames, optionsAmong, optionsApart } from '../../../pipelines/tables/attackNames.js'
import { noisesFor } from '../../../pipelines/tables/noiseFor.js'
import { dataSetTables } from '../../../pipelines/tables/tables.js'
import { examplesOf, put, scoresOf } from '../dataSet.js'
import { all as allOf } from '../page.js'
import { answered, rowsOf } from '../questions/asked.js'

const attack = (run: string, options = '', method = 'l-bfgs', goal = 'random') => ({
  ...{ run, sourceModel: 'A', dataset: 'mnist', split: 'test', method, goal, options },
})

t.test('what one of several attacks has unusual is said of all, the first as well', (t) => {
  const all = [
    attack('1'),
    attack('2', 'seed=2'),
    attack('3', 'seed=10 penalty=norm'),
    attack('4', '', 'ddn'),
    attack('5', 'iterations=300', 'ddn', 'untargeted'),
    attack('6', '', 'deepfool', 'untargeted'),
    attack('7', 'later=3', 'of a later version', 'random'),
  ]
  t.same(all.map(attackNames(all)), [
    'l-bfgs, random, seed=1, penalty=squared',
    'l-bfgs, random, seed=2, penalty=squared',
    'l-bfgs, random, seed=10, penalty=norm',
    'ddn, random, seed=1, iterations=100',
    'ddn, untargeted, iterations=300',
    'deepfool, untargeted, iterations=50',
    'of a later version, random, later=3',
  ])
  t.same(attackNames([all[0]])(all[0]), 'l-bfgs, random', 'one alone is as usual')
  t.same(attackNames([all[1]])(all[1]), 'l-bfgs, random, seed=2')
  const alike = [attack('0123456789'), attack('abcdefghij'), { ...attack('other'), sourceModel: 'B' }]
  t.same(
    alike.map(attackNames(alike)),
    ['l-bfgs, random, run 012345', 'l-bfgs, random, run abcdef', 'l-bfgs, random'],
    'what nothing else tells apart has its run',
  )
  t.same(alike.map(kindNames(alike)), Array(3).fill('l-bfgs, random'))
  const both = [attack('1', 'seed=2'), attack('2', 'seed=2 penalty=norm'), all[5]]
  t.same(both.map(optionsApart(both)), [['penalty=squared'], ['penalty=norm'], []], 'where they differ alone')
  t.end()
})

t.test('SQL has the same options', async (t) => {
  const attacks = [
    ...[attack('1'), attack('2', 'seed=2'), attack('3', 'seed=10 penalty=norm'), attack('4', '', 'ddn')],
    ...[attack('5', 'gamma=0.1 levels=256', 'ddn', 'untargeted'), attack('6', '', 'deepfool', 'untargeted')],
    ...[attack('7', 'later=3', 'later'), attack('8', '', '', '')],
  ]
  const values = attacks
    .map(({ method, goal, options }, i) => `(${i}, '${method}', '${goal}', '${options}')`)
    .join(', ')
  const rows = await rowsOf(
    await openLake(join(t.testdir(), 'none')),
    `SELECT attack_options(method, goal, options, list(options) OVER ()) AS told
     FROM (VALUES ${values}) AS attacks(i, method, goal, options) ORDER BY i`,
  )
  t.same(
    rows.map(({ told }) => told),
    attacks.map(optionsAmong(attacks)).map((options) => options.join(' ')),
  )
})

t.test('runs that differ in their seed are told apart alike in tables, answers and the page', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const runs = [
    ['first', undefined],
    ['second', 'seed=2'],
  ] as const
  for (const [run, options] of runs) {
    const own = { run, ...(options !== undefined && { options }) }
    for (const name of ['A', 'B'])
      await put(lake, 'examples', { source: name }, { ...examplesOf(name, [0.1, 0.2]), ...own })
    await put(
      lake,
      'scores',
      { shown: `adversarial ${run}` },
      { ...scoresOf('A', 'B', 40, 20), ...own },
      { ...scoresOf('A', 'B', 40, 10, { kind: 'png' }), ...own },
    )
  }
  const seeds = ['seed=1', 'seed=2']
  const text = await askData(lake, async (database) => tableText(scoresTable(await scoreLines(database))))
  for (const seed of seeds) t.match(text, `l-bfgs, random, ${seed}`)
  t.notMatch(text, /run (first|second)/)

  const { tables } = await askData(lake, async (database) => dataSetTables(database, await lake.files()))
  const named = (id: string) => tableText(tables.filter((table) => table.id === id)[0])
  for (const id of ['attacks', 'robust-accuracy', 'survival', 'transfer'])
    for (const seed of seeds) t.match(named(id), seed, `${id}: ${seed}`)
  t.match(named('transfer'), /A, seed=1 .*A, seed=2 /s)
  t.match(
    tables.find(({ id }) => id === 'transfer')?.verdict?.sentence,
    /2 of 2 cells could not be compared.* Score the same examples with --noise 0\.15 to compare them\./,
  )

  for (const question of ['accuracy', 'transfer', 'survival', 'cost', 'failures', 'fools-all', 'noise'])
    t.same(
      [...new Set((await answered(lake, question)).map(({ options }) => options))].sort(),
      seeds,
      question,
    )
  const { file } = await report(lake.folder)
  const { document } = parseHTML(readFileSync(file, 'utf8'))
  const [label] = allOf(document, '#accuracy figure svg').map((svg) => svg.getAttribute('aria-label'))
  t.match(label, /A, l-bfgs, random, seed=1; A, l-bfgs, random, seed=2; B, .*seed=1; B, .*seed=2/)
})

t.test('an untargeted attack has no target', async (t) => {
  const lake = await openLake(join(t.testdir(), 'set'))
  const own = { goal: 'untargeted' as const }
  await put(
    lake,
    'scores',
    { shown: 'some' },
    { ...scoresOf('A', 'A', 40, 40), ...own },
    { ...scoresOf('A', 'A', 40, 10, { kind: 'png' }), ...own },
  )
  const { tables } = await askData(lake, async (database) => dataSetTables(database, await lake.files()))
  const survival = tableText(tables.filter(({ id }) => id === 'survival')[0])
  t.match(survival, /25\.0 same class/)
  t.notMatch(survival, /\d target/)
})

t.test('the fewest noises that are comparable', (t) => {
  t.same(noisesFor([]), [])
  t.same(noisesFor([0.0508, 0.0344, 0.0344]), [0.051])
  t.same(noisesFor([0.01, 0.0399, 0.5]), [0.04, 0.5])
  t.same(noisesFor([0.01, 0.0401]), [0.01, 0.041])
  t.end()
})
