import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writingToNew } from '../../../sources/objects/writingToNew.js'
import { objectStore } from '../../../sources/objects/objectStore.js'
import { environmentOf, NEEDS_VERSITYGW, startVersitygw } from '../../objects.js'

const root = t.testdir()
const LAST = ['index.csv']

/** A call that has written one file and waits for its end. */
function begun(place: string, name: string) {
  const [here, end] = [new EventEmitter(), new EventEmitter()]
  const writes = once(here, 'writes')
  const ended = once(end, 'end') as Promise<[Error | undefined]>
  const done = writingToNew(
    place,
    async (folder) => {
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, name), name)
      here.emit('writes')
      const [failure] = await ended
      if (failure) throw failure
      return name
    },
    LAST,
  )
  // they are asked for later
  const begins = Promise.race([writes, done])
  for (const promise of [done, begins]) promise.catch(() => undefined)
  return { done, begins, end: (failure?: Error) => end.emit('end', failure) }
}

const others = (place: string) => readdirSync(place).filter((name) => !name.startsWith('.blindspot-writing'))

t.test('of two calls at once one writes, and the other says who is at it', async (t) => {
  for (const place of [join(root, 'deep', 'new'), mkdirAt('empty')]) {
    const first = begun(place, 'a.npy')
    await first.begins
    const second = begun(place, 'b.npy')
    await t.rejects(second.done, {
      code: 'busy',
      message: new RegExp(`process ${process.pid} of host .*is writing to it; choose another`),
    })
    t.same(others(place), ['a.npy'])
    first.end()
    t.equal(await first.done, 'a.npy')
    t.same(readdirSync(place), ['a.npy'], 'no mark is left')
    await t.rejects(begun(place, 'b.npy').done, { code: 'bad-option', message: /it has a\.npy/ })
  }
})

t.test('one that fails takes away what was not there before it', async (t) => {
  const [made, there] = [join(root, 'higher', 'failed'), mkdirAt('there')]
  for (const place of [made, there]) {
    const first = begun(place, 'a.npy')
    await first.begins
    await t.rejects(begun(place, 'b.npy').done, { code: 'busy' })
    t.same(others(place), ['a.npy'])
    first.end(new Error('ended'))
    await t.rejects(first.done, /ended/)
  }
  t.notOk(existsSync(join(root, 'higher')))
  t.same(readdirSync(there), [])
  const again = begun(made, 'c.npy')
  await again.begins
  again.end()
  t.equal(await again.done, 'c.npy')
})

t.test('another process that is at it is named, and one that was killed is not waited for', async (t) => {
  const place = join(root, 'shared')
  const module = new URL('../../../sources/objects/writingToNew.js', import.meta.url).href
  const code = `
    import { writeFileSync } from 'node:fs'
    import { writingToNew } from ${JSON.stringify(module)}
    setInterval(() => undefined, 1000)
    await writingToNew(${JSON.stringify(place)}, async (folder) => {
      writeFileSync(folder + '/.index.csv.1.tmp', '')
      console.log('writes')
      await new Promise(() => undefined)
    }, ['index.csv'])`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  await t.rejects(begun(place, 'b.npy').done, {
    code: 'busy',
    message: new RegExp(`process ${child.pid} of host`),
  })
  child.kill('SIGKILL')
  await once(child, 'close')
  await t.rejects(begun(place, 'b.npy').done, {
    code: 'bad-option',
    message: /a call that was killed has left a part of its files there; remove the folder/,
  })
})

t.test('in an object store one of two writes, too', { skip: NEEDS_VERSITYGW }, async (t) => {
  const server = await startVersitygw('bucket')
  t.teardown(() => server.close())
  Object.assign(process.env, environmentOf(server.url))
  const place = 's3://bucket/new'
  const first = begun(place, 'a.npy')
  await first.begins
  await t.rejects(begun(place, 'b.npy').done, {
    code: 'busy',
    message: /another call is writing to it, or was killed/,
  })
  first.end()
  await first.done
  t.match(await objectStore(place).list(''), [{ name: 'a.npy' }])
})

function mkdirAt(name: string): string {
  mkdirSync(join(root, name))
  return join(root, name)
}
