import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { markdownTable } from 'markdown-table'
import { median } from './measure.js'
import { settings } from './settings.js'

/**
 * What an import costs before anything is done: seconds, and resident memory that it adds to Node's own, each part of the
 * library and all of it in a process of its own, beside the two packages that every part needs.
 *
 *     node dist/bench/imports.js [runs=N]
 *
 * `runs` processes of each (9), in turns.
 */
const { number } = settings(process.argv.slice(2))
const runs = number('runs', 9)

const PACKAGES = ['rxjs', 'apache-arrow']
const PARTS = ['flow', 'operators', 'sources', 'sinks', 'pipelines'].map((part) => `blindspot/${part}`)
const IMPORTS = [
  [],
  ...PACKAGES.map((name) => [name]),
  PACKAGES,
  ...PARTS.map((part) => [part]),
  ['blindspot'],
]

function cost(names: readonly string[]): { readonly seconds: number; readonly megabytes: number } {
  const program = `
    const before = process.memoryUsage.rss(), started = performance.now()
    for (const name of ${JSON.stringify(names)}) await import(name)
    console.log(performance.now() - started, process.memoryUsage.rss() - before)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  const [milliseconds, bytes] = stdout.split(' ').map(Number)
  if (!(bytes >= 0)) throw new Error(stderr)
  return { seconds: milliseconds / 1000, megabytes: bytes / 1e6 }
}

const costs = IMPORTS.map((names) => ({ names, all: [cost(names)] }))
// the first of each has its files read from the disk
for (const each of costs) each.all.pop()
for (let run = 0; run < runs; run++) for (const { names, all } of costs) all.push(cost(names))

const spread = (values: readonly number[], digits: number) =>
  `${median(values).toFixed(digits)} [${Math.min(...values).toFixed(digits)}, ${Math.max(...values).toFixed(digits)}]`
console.log(
  `${cpus()[0].model}, ${cpus().length} cores; Node ${process.versions.node}; ${runs} processes each\n`,
)
console.log(
  markdownTable([
    ['import', 's, median [least, most]', 'MB resident'],
    ...costs.map(({ names, all }) => [
      names.join(' and ') || 'nothing',
      spread(
        all.map(({ seconds }) => seconds),
        2,
      ),
      spread(
        all.map(({ megabytes }) => megabytes),
        1,
      ),
    ]),
  ]),
)
