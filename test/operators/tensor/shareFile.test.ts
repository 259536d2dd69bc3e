import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { shareFile } from '../../../operators/tensor/native/shareFile.js'
import { conditionOf, writeStamp } from '../../../operators/tensor/native/stamp.js'

const NOBODY = 65_534
const notRoot = process.getuid?.() !== 0 && 'root: not who tests'

/** A cache that others than its owner can or cannot get into, and a folder that all can. */
function folders(t: Test, mode: number) {
  const root = mkdtempSync(join(tmpdir(), 'share-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  chmodSync(root, 0o755)
  const [cache, open] = [join(root, 'cache'), join(root, 'open')]
  mkdirSync(cache, { mode })
  mkdirSync(open)
  writeFileSync(join(cache, 'library'), 'a library')
  return { library: join(cache, 'library'), folder: open, name: join(open, 'library') }
}

/** What somebody else sees. */
function asNobody<T>(f: () => T): T {
  process.seteuid?.(NOBODY)
  try {
    return f()
  } finally {
    process.seteuid?.(0)
  }
}

t.test('what root shares others can read, wherever it lies', { skip: notRoot }, (t) => {
  for (const [mode, isLink] of [
    [0o755, true],
    [0o700, false],
  ] as const) {
    const { library, name } = folders(t, mode)
    t.ok(shareFile(library, name), `mode ${mode.toString(8)}`)
    t.equal(lstatSync(name).isSymbolicLink(), isLink)
    t.equal(
      asNobody(() => readFileSync(name, 'utf8')),
      'a library',
    )
  }
  t.end()
})

t.test('a cache that somebody cannot get into is named, with what to do', { skip: notRoot }, (t) => {
  const { library, folder, name } = folders(t, 0o755)
  shareFile(library, name)
  const key = { of: 'a test' }
  writeStamp(folder, key, ['library'])
  const condition = () => conditionOf(folder, { key, files: ['library'], topOf: () => folder })
  t.same(condition(), { kind: 'complete' })
  chmodSync(join(library, '..'), 0o700)
  t.match(asNobody(condition), {
    kind: 'damaged',
    reason: /library leads to .*cache\/library, which cannot be read by this user; .*BLINDSPOT_CACHE/,
  })
  t.same(condition(), { kind: 'complete' }, 'of its owner it is whole')
  t.end()
})
