/**
 * Run by the lake's tests in processes of their own:
 * - `commit FOLDER NAME COUNT`: so many steps of a file; `open FOLDER`: opens and ends;
 * - `take FOLDER STEP`: does a step, whose file has 5 rows; `hang FOLDER`: hangs in mid-write;
 * - `rows FOLDER COUNT`: a step in files of 5 rows, from where it is up to so many rows.
 */
import { openLake } from '../../../sinks/lake/openLake.js'
import { scoresOf } from '../records.js'

const [what, folder, name = '', count = '0'] = process.argv.slice(2)
const lake = await openLake(folder)
if (what === 'commit')
  for (let i = 0; i < Number(count); i++) {
    const writer = lake.writer('scores', { step: `${name}-${i}`, partition: { source: name } })
    await writer.write(scoresOf(3, i, name))
    await writer.close()
  }
if (what === 'take')
  await lake.exclusively(name, async () => {
    const writer = lake.writer('scores', { step: name })
    await writer.write(scoresOf(5))
    await writer.close()
  })
if (what === 'rows')
  await lake.exclusively('rows', async () => {
    const parts = lake.parts('scores', { step: 'rows', rowsPerFile: 5 })
    const done = (await lake.files({ step: 'rows' })).reduce((sum, { rows }) => sum + rows, 0)
    process.send?.('begun')
    for (let at = done; at < Number(name); at += 5) await parts.write(scoresOf(5, at))
    await parts.close()
  })
if (what === 'hang') {
  const parts = lake.parts('scores', {
    step: 'hang',
    rowsPerFile: 2000,
    metadata: ({ part }) => ({ end: (part + 1) * 2000 }),
  })
  for (let start = 0; start < 5000; start += 1000) await parts.write(scoresOf(1000, start))
  // 4000 rows are committed, 1000 are on their way
  process.send?.('written')
  setInterval(() => undefined, 1000)
} else if (process.connected) process.disconnect()
