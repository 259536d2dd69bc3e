/** Run by the lake's test in processes of their own: `commit FOLDER NAME COUNT` or `hang FOLDER`. */
import { openLake } from '../../../sinks/lake/lake.js'
import { scoresOf } from '../records.js'

const [what, folder, name = '', count = '0'] = process.argv.slice(2)
const lake = await openLake(folder)
if (what === 'commit')
  for (let i = 0; i < Number(count); i++) {
    const writer = lake.writer('scores', { step: `${name}-${i}`, partition: { source: name } })
    await writer.write(scoresOf(3, i, name))
    await writer.close()
  }
else {
  const parts = lake.parts('scores', {
    step: 'hang',
    rowsPerFile: 2000,
    metadata: ({ part }) => ({ end: (part + 1) * 2000 }),
  })
  for (let start = 0; start < 5000; start += 1000) await parts.write(scoresOf(1000, start))
  // 4000 rows are committed, 1000 are on their way
  process.send?.('written')
  setInterval(() => undefined, 1000)
}
