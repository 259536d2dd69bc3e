import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { BlindspotError } from 'blindspot'
import { describe } from '../../../pipelines/commands/describe.js'
import { main } from '../../../pipelines/commands/main.js'

const failure = async (work: () => Promise<unknown>): Promise<unknown> =>
  work().then(
    () => undefined,
    (error: unknown) => error,
  )

t.test('what a system says is a sentence that names the file and what to do', async (t) => {
  const folder = t.testdir({ file: 'x' })
  const at = (...names: string[]) => join(folder, ...names)
  const told = async (work: () => Promise<unknown>) => describe(await failure(work))
  t.match(
    await told(() => writeFile(at('file', 'x'), '')),
    /file\/x cannot be opened: a part of its path is a file.*; choose another path \(ENOTDIR, open\)$/,
  )
  t.match(
    await told(() => readFile(at('gone'))),
    /gone cannot be opened: it is not there; look at the path \(ENOENT/,
  )
  t.match(await told(() => readFile(folder)), /cannot be read: it is a folder.*\(EISDIR, read\)$/)
  t.match(await told(() => mkdir(at('file'))), /file cannot be written: something else is there.*EEXIST/)
  const system = (code: string, syscall: string, path?: string) =>
    Object.assign(new Error(`${code}: words, ${syscall}`), { code, syscall, ...(path && { path }) })
  t.match(
    describe(system('ENOSPC', 'write', '/d/x')),
    /^blindspot: \/d\/x cannot be written: the disk is full; free some space/,
  )
  t.match(describe(system('EACCES', 'scandir', '/d')), /\/d cannot be read: permission is denied/)
  t.match(describe(system('EMFILE', 'open', '/d')), /too many files are open.*ulimit -n/)
  t.match(
    describe(Object.assign(system('ECONNREFUSED', 'connect'), { address: '::1', port: 5 })),
    /::1:5 cannot be reached: nothing answers/,
  )
  t.match(
    describe(new Error('of another', { cause: system('EIO', 'read', '/d') })),
    /\/d cannot be read: the disk or the network/,
  )
  t.match(
    describe(Object.assign(new Error('libx.so: cannot open\nmore'), { code: 'ERR_DLOPEN_FAILED' })),
    /libx\.so: cannot open; install what it names/,
  )
  t.match(
    describe(Object.assign(new Error("Cannot find package 'x'"), { code: 'ERR_MODULE_NOT_FOUND' })),
    /not complete.*npm ci/,
  )
  t.match(
    describe(
      Object.assign(new Error("x tried to access y, but it isn't declared\n\nRequired package: y"), {
        ...{ code: 'MODULE_NOT_FOUND', pnpCode: 'UNDECLARED_DEPENDENCY' },
      }),
    ),
    /Plug'n'Play cannot run this: x tried to access y.*`nodeLinker: node-modules` into \.yarnrc\.yml/,
  )
  t.equal(describe(new BlindspotError('io', 'ours')), 'blindspot: ours')
})

t.test('a mistake of the program is a line, and its trace a file', (t) => {
  const folder = t.testdir()
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
  const line = describe(new TypeError('x is not a function\nat all'))
  t.match(
    line,
    /^blindspot: a mistake in blindspot \d+\.\d+\.\d+, not in the call: TypeError: x is not a function; its trace.*txt$/,
  )
  const [name] = readdirSync(folder)
  t.match(
    readFileSync(join(folder, name), 'utf8'),
    /^blindspot \d.*Node v.*TypeError: x is not a function\nat all\n +at .*describe\.test/s,
  )
  writeFileSync(join(folder, 'file'), '')
  process.env['TMPDIR'] = join(folder, 'file', 'none')
  t.match(describe('thrown'), /: 'thrown'; with BLINDSPOT_DEBUG=1 the same call prints/)
  process.env['BLINDSPOT_DEBUG'] = '1'
  t.teardown(() => delete process.env['BLINDSPOT_DEBUG'])
  t.match(describe(new TypeError('of x')), /not in the call\nTypeError: of x\n +at /)
  t.match(describe(new BlindspotError('io', 'ours')), /^blindspot: ours\nBlindspotError: ours\n +at /)
  t.end()
})

t.test('and the exit code is 1', async (t) => {
  const write = process.stderr.write.bind(process.stderr)
  t.teardown(() => (process.stderr.write = write))
  let said = ''
  process.stderr.write = (text: string | Uint8Array, ...then: readonly unknown[]) => {
    said += text.toString()
    const done = then.at(-1) as (() => void) | undefined
    done?.()
    return true
  }
  process.env['BLINDSPOT_DEBUG'] = ''
  const code = await main(() => Promise.reject(new RangeError('out of it')))
  process.stderr.write = write
  t.equal(code, 1)
  t.equal(said.trim().split('\n').length, 1, said)
})
