import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { temporaryName } from '../../operators/lock/owner.js'
import { writeError } from '../../sources/atomicFile.js'
import { localStore } from '../../sources/store.js'

t.test('bytes are put whole, listed, read by range, moved and removed', async (t) => {
  const root = t.testdir()
  const store = localStore(root)
  t.equal(await store.put('a/b/one.txt', 'first, and longer'), true)
  t.equal(await store.put('a/b/one.txt', Buffer.from('second')), true, 'in the place of the first')
  t.equal(readFileSync(join(root, 'a', 'b', 'one.txt'), 'utf8'), 'second')
  t.match(await store.stat('a/b/one.txt'), { kind: 'file', size: 6 })
  t.equal((await store.stat('a'))?.kind, 'folder')
  t.equal(await store.stat('none'), undefined)

  const file = await store.open('a/b/one.txt')
  t.equal(file.size, 6)
  t.equal((await file.read(2, 4)).toString(), 'co')
  t.equal((await file.read(6, 6)).length, 0)
  await t.rejects(file.read(4, 7), { name: 'RangeError', message: /expected 7 bytes, got a file of 6/ })
  await file.close()

  await store.move('a/b/one.txt', 'c/two.txt')
  t.same(
    (await store.list(''))?.map(({ name, kind }) => `${kind} ${name}`),
    ['folder a', 'folder c'],
  )
  t.same(await store.list('a/b'), [])
  t.equal(await store.list('a/b/one.txt'), undefined)
  t.equal(await store.remove('c'), false, 'a folder is left alone')
  t.equal(await store.remove('c/two.txt'), true)
  t.equal(await store.remove('c/two.txt'), false)
})

t.test('an error says whether the earlier file is still there', (t) => {
  const root = t.testdir({ 'there.txt': 'whole', folder: {} })
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  const said = (name: string) => writeError(join(root, name), full).message
  t.match(said('there.txt'), /ENOSPC.*; the earlier file of that name is still there; free some space/)
  t.match(said('none.txt'), /; nothing is left under that name; free/)
  t.match(said('folder'), /device; free/)
  t.end()
})

t.test('of many that put a file if it is absent one does', async (t) => {
  const root = t.testdir()
  const store = localStore(root)
  const texts = Array.from({ length: 8 }, (_, i) => `the ${i}th`)
  const put = await Promise.all(texts.map((text) => store.put('v1.json', text, { ifAbsent: true })))
  t.equal(put.filter(Boolean).length, 1)
  t.equal(readFileSync(join(root, 'v1.json'), 'utf8'), texts[put.indexOf(true)], 'its own')
  t.same(readdirSync(root), ['v1.json'], 'the others leave nothing')
})

t.test('what a process left that died goes; what is in the way is an error', async (t) => {
  const root = t.testdir()
  const store = localStore(root)
  const mine = temporaryName('page.html')
  const dead = mine.replace(/\.\d+-/, '.999999999-')
  t.not(dead, mine)
  for (const name of [mine, dead]) writeFileSync(join(root, name), 'half')
  await store.put('page.html', 'whole')
  t.same(readdirSync(root).sort(), [mine, 'page.html'].sort())
  mkdirSync(join(root, 'taken'))
  await t.rejects(store.put('taken', 'x'), {
    code: 'bad-option',
    message: /taken is there and no regular file/,
  })
  await t.rejects(store.put('page.html/below', 'x'), {
    code: 'bad-option',
    message: /below cannot be written/,
  })
})

t.test(
  'links lead somewhere, pipes are not waited for',
  { skip: process.platform === 'win32' },
  async (t) => {
    const root = t.testdir({ 'file.txt': 'content' })
    const store = localStore(root)
    symlinkSync('file.txt', join(root, 'link'))
    symlinkSync('nowhere', join(root, 'lost'))
    execFileSync('mkfifo', [join(root, 'pipe')])
    t.same(
      (await store.list(''))?.map(({ name, kind }) => `${kind} ${name}`),
      ['file file.txt', 'link link', 'link lost', 'other pipe'],
    )
    t.equal(await store.real('link'), await store.real('file.txt'))
    t.same([await store.real('lost'), await store.stat('lost')], [undefined, undefined])
    t.match(await store.stat('link'), { kind: 'file', size: 7 })
    await t.rejects(store.open('pipe'), {
      code: 'bad-option',
      message: /pipe cannot be read: expected a file, got a pipe/,
    })
    await t.rejects(store.open(''), {
      code: 'bad-option',
      message: /cannot be read: expected a file, got a folder/,
    })
    await t.rejects(store.open('lost'), {
      code: 'bad-option',
      message: /lost cannot be read: it is not there/,
    })
  },
)
