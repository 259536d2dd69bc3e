/**
 * A step of a data set that the bench of kills kills: `PLACE STEP ROWS` writes rows of a score each, five to a file, from where
 * what is committed ends.
 */
import type { ScoreBatch } from '../operators/records/score.js'
import { openLake } from '../sinks/lake/openLake.js'

const [place, step, rows] = process.argv.slice(2)
const PER_FILE = 5

const lake = await openLake(place)
await lake.exclusively(step, async () => {
  const parts = lake.parts('scores', { step, partition: { shown: step }, rowsPerFile: PER_FILE })
  const done = (await lake.files({ step })).reduce((sum, file) => sum + file.rows, 0)
  process.send?.('begun')
  for (let at = done; at < Number(rows); at += PER_FILE) await parts.write(scoresFrom(at))
  await parts.close()
})
if (process.connected) process.disconnect()

function scoresFrom(start: number): ScoreBatch {
  const same = (value: number) => new Int32Array(PER_FILE).fill(value)
  return {
    ...{ run: step, sourceModel: 'a', model: 'b', kind: 'adversarial', method: 'l-bfgs', goal: 'random' },
    ...{ stddev: NaN, seed: NaN, clip: false, quality: -1, dataset: 'mnist', split: 'test' },
    index: Int32Array.from({ length: PER_FILE }, (_, i) => start + i),
    ...{ label: same(3), target: same(5), prediction: same(5) },
    error: new Uint8Array(PER_FILE).fill(1),
    cleanError: new Uint8Array(PER_FILE),
  }
}
