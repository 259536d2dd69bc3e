/** Run by the tests of table formats: `FOLDER NAME COUNT`: commits so many files, and publishes both formats after each. */
import { openLake } from '../../../../sinks/lake/openLake.js'
import { publish } from '../../../../sinks/lake/formats/publish.js'
import { localStore } from '../../../../sources/store.js'
import { scoresOf } from '../../records.js'
import { put } from './dataSet.js'

const [folder, name, count] = process.argv.slice(2)
const lake = await openLake(folder)
for (let i = 0; i < Number(count); i++) {
  await put(lake, 'scores', `${name}-${i}`, { shown: name }, scoresOf(2, i))
  await publish(localStore(folder), ['delta', 'iceberg'])
}
