import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// node dist/test/run.js [PART OF A NAME...]
// Runs every file of tests, or those with one of these parts in their names, as `node FILE`, two at a time, into one
// TAP stream. tap's own command would hook itself into the loading of modules in each file's process, its threads and all
// their children, to measure coverage: a second of start-up for every one of them.

/** Those that take longest are begun first, so that no core waits for one of them at the end. */
const FIRST = ['pipelines/', 'operators/tensor/', 'operators/train', 'operators/']
const SECONDS = 3600

const parts = process.argv.slice(2)
const folder = fileURLToPath(new URL('.', import.meta.url))
const rankOf = (name: string) => [...FIRST, ''].findIndex((part) => name.startsWith(part))
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
  .sort((a, b) => rankOf(a) - rankOf(b) || a.localeCompare(b))
if (names.length === 0) throw new Error(`no file of tests with ${parts.join(' or ')} in its name`)

const { NODE_OPTIONS = '', ...environment } = process.env
t.jobs = 2
t.setTimeout(0) // each file has its own
for (const name of names) {
  const file = relative('.', join(folder, name))
  // tap puts its hook into NODE_OPTIONS of whatever it spawns; `env` sets them back
  t.spawn('env', [`NODE_OPTIONS=${NODE_OPTIONS}`, process.execPath, file], {
    name: file,
    buffered: true,
    timeout: SECONDS * 1000,
    env: { ...environment, TAP_TIMEOUT: String(SECONDS) },
  })
}
