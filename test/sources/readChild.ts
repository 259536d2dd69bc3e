/** Reads files one after the other in a process of its own, with little memory: `FILE…`; prints a line of JSON for each. */
import { readIdxImages } from '../../sources/idx.js'
import { readParquet } from '../../sources/parquet.js'

for (const file of process.argv.slice(2)) {
  let said = 'read'
  try {
    if (file.endsWith('.parquet')) for await (const batch of readParquet(file)) said = `${batch.numRows} rows`
    else said = `${(await readIdxImages(file)).count} images`
  } catch (error) {
    said = `${(error as Error).name}: ${(error as Error).message}`
  }
  console.log(JSON.stringify({ file, said, megabytes: process.resourceUsage().maxRSS / 1024 }))
}
