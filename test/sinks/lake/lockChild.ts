/**
 * Run by the locks' test in processes of their own, in the folder of a data set:
 * - `contend FOLDER`: at each message a step's name, does the step once, and counts; answers with how often another was at it;
 * - `die FOLDER STEP`: ends while it is at the step; `block FOLDER STEP`: is at it without a pause until FOLDER/end is there.
 */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { whileLocked } from '../../../sinks/lake/stepLock.js'
import { homeOf } from '../../../sinks/lake/home.js'

const [what, folder, step = ''] = process.argv.slice(2)
if (what === 'contend') process.on('message', (name: string) => void contend(name))
else
  await whileLocked(homeOf(folder), step, () => {
    if (what === 'die') process.kill(process.pid, 'SIGKILL')
    process.send?.('held')
    while (!existsSync(join(folder, 'end')));
    return Promise.resolve()
  })
if (what !== 'contend') process.disconnect()

async function contend(name: string): Promise<void> {
  let met = 0
  for (let done = false; !done;) {
    try {
      await whileLocked(homeOf(folder), name, async () => {
        const room = join(folder, `${name}.room`)
        const count = join(folder, 'count')
        try {
          closeSync(openSync(room, 'wx'))
        } catch {
          met++
        }
        const before = Number(readFileSync(count, 'utf8'))
        await sleep(1)
        writeFileSync(count, String(before + 1))
        rmSync(room, { force: true })
      })
      done = true
    } catch (error) {
      if (!/is at the same work/.test((error as Error).message)) throw error
      await sleep(Math.random() * 3)
    }
  }
  process.send?.(met)
}
