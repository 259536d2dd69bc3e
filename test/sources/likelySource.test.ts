import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseSource } from '../../sources/source.js'

t.test('a path that names no source is told which it may be', (t) => {
  const root = t.testdir()
  const folder = join(root, 'shapes')
  mkdirSync(folder)
  t.throws(() => parseSource(folder), {
    code: 'bad-option',
    message: `source: ${folder} is a folder; expected folder:${folder} for images in a folder of each class, imagenet:${folder} for photographs, or parquet:${folder}`,
  })
  for (const [name, scheme] of [
    ['a.npz', 'npz'],
    ['a.PARQUET', 'parquet'],
    ['a.arrow', 'arrow'],
    ['a.feather', 'arrow'],
  ]) {
    const file = join(root, name)
    writeFileSync(file, '')
    t.throws(() => parseSource(file), { message: `source: ${file} is a file; expected ${scheme}:${file}` })
  }
  writeFileSync(join(root, 'a.txt'), '')
  for (const text of [join(root, 'a.txt'), join(root, 'none.npz'), 'mnst:test'])
    t.throws(() => parseSource(text), { message: /^source: expected one of mnist:/ })
  t.end()
})
