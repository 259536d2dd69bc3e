import { join } from 'node:path'
import t from 'tap'
import type { Lake } from '../../../sinks/lake/lake.js'
import { openLake } from '../../../sinks/lake/openLake.js'
import { examplesOf, modelOf, put, scoresOf } from '../dataSet.js'
import { measureAt, rounded, tablesOf } from './asked.js'

const [P1, P2] = ['FC100-100-10@P1', 'FC100-100-10@P2']

/** Two networks and their errors on P1, P2 and the test images, of n each. */
async function halves(
  folder: string,
  n: number,
  errors: readonly (readonly [number, number])[],
): Promise<Lake> {
  const lake = await openLake(folder)
  await put(
    lake,
    'models',
    {},
    [P1, P2].map((model) => modelOf(model, 0, 0.025, 30_000)),
  )
  for (const [i, shown] of ['P1', 'P2', 'test'].entries()) {
    const options = { kind: 'clean', split: shown === 'test' ? 'test' : 'train' } as const
    const rows = [P1, P2].map((model, k) => scoresOf('', model, n, errors[i][k], options))
    await put(lake, 'scores', { shown: `clean ${shown}` }, ...rows)
  }
  return lake
}

t.test('the numbers are those of the rows', async (t) => {
  const folder = join(t.testdir(), 'shown=clean P1', 'set')
  const lake = await halves(folder, 2000, [[0, 50], [50, 0], [44, 46]]) // prettier-ignore
  await put(lake, 'examples', { source: P1 }, examplesOf(P1, [0.05, 0.07, NaN], { split: 'test' }))
  const { table3 } = await tablesOf(lake)
  t.match(
    table3.verdict?.sentence,
    /Holds: on its own half.* at most 0\.19 %.* on 2\.20 to 2\.50 %.*within 0\.30 points/,
  )
  t.match(measureAt(table3, P2, 'error P2 %'), { value: 0, n: 2000, paper: 0, differs: false })
  t.match(measureAt(table3, P2, 'error P1 %'), { value: 0.025, count: 50, paper: 0.023 })
  t.match(measureAt(table3, P1, 'test error %'), { value: 0.022, n: 2000, paper: 0.02 })
  t.equal(rounded(measureAt(table3, P1, 'average distortion').value), 0.06)
  t.match(measureAt(table3, P1, 'success %'), { count: 2, n: 3 })
  t.match(table3.rows[0].keys, { model: P1, paper_model: 'FC100-100-10' })

  // a smaller scoring of the same images does not replace the larger
  const fewer = { kind: 'clean', split: 'test' } as const
  await put(lake, 'scores', { shown: 'clean test' }, { ...scoresOf('', P1, 10, 10, fewer), run: 'later' })
  t.match(measureAt((await tablesOf(lake)).table3, P1, 'test error %'), { value: 0.022, n: 2000 })
})

t.test('not sure of few images', async (t) => {
  const root = t.testdir()
  const verdictOf = async (n: number, errors: readonly (readonly [number, number])[]) => {
    const lake = await halves(join(root, `${n} ${errors.join()}`), n, errors)
    return (await tablesOf(lake)).table3.verdict?.sentence
  }
  t.match(await verdictOf(100, [[0, 3], [3, 0], [2, 2]]), /Not sure:.* too few images to say/) // prettier-ignore
  t.match(await verdictOf(2000, [[60, 60], [60, 60], [60, 60]]), /Does not hold:/) // prettier-ignore
  t.match(await verdictOf(2000, [[0, 50], [50, 0], [20, 200]]), /Holds in part:.* further apart than sampling/) // prettier-ignore
  t.match(await verdictOf(2000, [[0, 60], [60, 60], [60, 60]]), /Holds in part:/) // prettier-ignore
})
