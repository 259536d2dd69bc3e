/** Run by the test of compaction, which kills it: `compactChild FOLDER`. */
import { compactDataSet } from '../../../pipelines/compact.js'

process.send?.('begun')
await compactDataSet(process.argv[2], { grace: 20, fileBytes: 200_000 })
if (process.connected) process.disconnect()
