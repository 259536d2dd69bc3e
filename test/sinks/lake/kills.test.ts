import { execFileSync } from 'node:child_process'
import t from 'tap'

t.test('writers that are killed at any moment lose no committed row, and leave nothing', (t) => {
  const said = execFileSync(process.execPath, ['dist/bench/kills.js', 'times=12', 'rows=100'], {
    encoding: 'utf8',
  })
  t.match(said, /^1[23] kills of 2 writers.*: every row once, every file whole, nothing left$/m)
  t.end()
})
