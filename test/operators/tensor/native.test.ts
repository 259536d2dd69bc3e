import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { cached } from '../../../operators/tensor/native/cache.js'
import { addingOf } from '../../../operators/tensor/native/bringPackage.js'
import { findCompiler } from '../../../operators/tensor/native/compile.js'
import {
  bindingPath,
  loadCondition,
  nodePackage,
  packageAt,
} from '../../../operators/tensor/native/package.js'
import { findPip } from '../../../operators/tensor/native/pip.js'
import { platform } from '../../../operators/tensor/native/platform.js'
import { setup, type NativeResult, type SetupOptions } from '../../../operators/tensor/native/setup.js'
import { wheels, type Wheel } from '../../../operators/tensor/native/wheels.js'

// The real thing in small: a wheel of two libraries and a header, a binding of a few lines, every step as it is.
const compiler = await findCompiler()
const pinned = wheels[platform]
if (compiler === undefined || pinned === undefined) {
  t.plan(0, 'no compiler, or no library for this platform')
  process.exit()
}

const root = t.testdir()
const version = '9.9.9'
const file = `blindspot_stub-${version}-cp311-cp311-${pinned.tag}.whl`
const mirror = join(root, 'mirror')
const wheelFile = join(mirror, file)
const wheel = buildWheel(pinned)
const setupUrl = new URL('../../../operators/tensor/native/setup.js', import.meta.url).href

// The one place where pip may look, whatever its owner has set.
Object.assign(process.env, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: mirror, PIP_CONFIG_FILE: '/dev/null' })

function buildWheel({ libraries, tag }: Wheel): Wheel {
  mkdirSync(mirror, { recursive: true })
  const header = 'tensorflow/include/tensorflow/c/c_api.h'
  const Zip = createRequire(join(nodePackage()?.folder ?? '', 'x'))('adm-zip') as new () => {
    addFile(name: string, content: Buffer): void
    writeZip(path: string): void
  }
  const zip = new Zip()
  libraries.forEach((library, i) => {
    const built = join(root, `library${i}`)
    const name = library.split('/').at(-1) ?? ''
    const soname = process.platform === 'darwin' ? `-install_name,@rpath/${name}` : `-soname,${name}`
    const source = `extern "C" const char* stub${i}() { return "${version}"; }`
    const args = ['-shared', '-fPIC', `-Wl,${soname}`, '-x', 'c++', '-', '-o', built]
    execFileSync(compiler?.command[0] ?? '', args, { input: source })
    // Padded, so that there is something to cut a download in.
    zip.addFile(library, Buffer.concat([readFileSync(built), randomBytes(300_000)]))
  })
  zip.addFile(header, Buffer.from('extern "C" const char* stub0(); extern "C" const char* stub1();\n'))
  zip.addFile('tensorflow/python/unwanted.py', Buffer.from('raise\n'))
  const about = `blindspot_stub-${version}.dist-info`
  zip.addFile(
    `${about}/METADATA`,
    Buffer.from(`Metadata-Version: 2.1\nName: blindspot-stub\nVersion: ${version}\n`),
  )
  zip.addFile(
    `${about}/WHEEL`,
    Buffer.from(`Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-${tag}\n`),
  )
  zip.addFile(`${about}/RECORD`, Buffer.from(''))
  zip.writeZip(wheelFile)
  const bytes = readFileSync(wheelFile)
  return {
    ...{ project: 'blindspot-stub', version, file, size: bytes.length, tag, libraries, headers: [header] },
    ...{ sha256: createHash('sha256').update(bytes).digest('hex'), disk: 10 * bytes.length, tested: true },
  }
}

// Most of a test's time is waiting: for pip, for a lock, for a new process.
t.jobs = 4

let count = 0
/** A fresh checkout's package. */
function packageDir(): string {
  const folder = join(root, `package${count++}`)
  const binding = `
    #include <node_api.h>
    #include "tensorflow/c/c_api.h"
    NAPI_MODULE_INIT() {
      napi_value version;
      napi_create_string_utf8(env, stub0() == stub1() ? "" : stub1(), NAPI_AUTO_LENGTH, &version);
      napi_set_named_property(env, exports, "TF_Version", version);
      return exports;
    }`
  mkdirSync(join(folder, 'binding'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "version": "4.22.0" }')
  writeFileSync(join(folder, 'binding/tfjs_backend.cc'), '')
  writeFileSync(join(folder, 'binding/tfjs_binding.cc'), binding)
  return folder
}

function fresh(): Required<Pick<SetupOptions, 'cacheDir' | 'packageDir' | 'wheel' | 'pip'>> {
  return { packageDir: packageDir(), cacheDir: join(root, `cache${count++}`), wheel, pip: false }
}

function loads(folder: string): string {
  const script = 'console.log(require(process.argv[1]).TF_Version)'
  return execFileSync(process.execPath, ['-e', script, join(folder, bindingPath)], {
    encoding: 'utf8',
  }).trim()
}

/** An index that serves the wheel as `answer` likes; `ranges` are those that it was asked for. */
async function serve(
  answer: (bytes: Buffer, request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ index: string; ranges: (string | undefined)[]; close: () => void }> {
  const ranges: (string | undefined)[] = []
  const server = createServer((request, response) => {
    if (request.url === `/simple/${wheel.project}/`) {
      response.end(JSON.stringify({ files: [{ filename: file, url: '../../files/it' }] }))
      return
    }
    const { range } = request.headers
    ranges.push(range)
    const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
    response.statusCode = from > 0 ? 206 : 200
    answer(readFileSync(wheelFile).subarray(from), request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { index: `http://127.0.0.1:${port}/simple/`, ranges, close }
}

/** A set-up in a process of its own, which prints its result. */
function elsewhere(options: SetupOptions, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const code = `
    const { setup } = await import('${setupUrl}')
    console.log(JSON.stringify(await setup(JSON.parse(process.argv[1]))))`
  const args = ['--input-type=module', '-e', code, JSON.stringify(options)]
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  })
}

async function resultOf(child: ChildProcess): Promise<NativeResult> {
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
  await once(child, 'close')
  return JSON.parse(output) as NativeResult
}

void t.test(
  'two at once: by pip, unpacked and compiled once, and both packages load',
  { buffered: true },
  async (t) => {
    if ((await findPip()) === undefined) {
      t.comment('no pip')
      return
    }
    const one = { ...fresh(), pip: true }
    const two = { ...one, packageDir: packageDir() }
    const results = await Promise.all([one, two].map((options) => resultOf(elsewhere(options))))
    t.same(results.flatMap(({ did }) => did.filter((phase) => phase !== 'wait')).sort(), [
      'compile',
      'download',
      'load',
      'load',
      'unpack',
      'verify',
    ])
    t.same(
      [one, two].map(({ packageDir }) => loads(packageDir)),
      [version, version],
    )
    const { entry, library } = cached(one.cacheDir, wheel)
    t.same(readdirSync(entry).sort(), ['binding-4.22.0', 'library'], 'no wheel and no temporary file stays')
    t.notOk(existsSync(join(library, 'tensorflow/python')), 'only what is needed is unpacked')

    const unusable = join(wheelFile, 'cache')
    t.match(
      await setup({ ...one, cacheDir: unusable }),
      { backend: 'native', did: [] },
      'in place: no lock, no cache',
    )

    truncateSync(join(library, wheel.libraries[0] ?? ''), 1000)
    const log: string[] = []
    const server = await serve((bytes, _, response) => void response.end(bytes))
    const repaired = await setup({ ...one, pip: false, index: server.index, log: (line) => log.push(line) })
    server.close()
    t.match(repaired, { did: ['download', 'verify', 'unpack', 'load'] })
    t.match(log.join('\n'), /expected \d+ bytes, got 1000/)
    t.equal(loads(one.packageDir), version)
  },
)

void t.test(
  'killed in mid-download and gone on with from there, where pip has nothing',
  { buffered: true },
  async (t) => {
    const options = fresh()
    let half: () => void = () => undefined
    const sent = new Promise<void>((resolve) => (half = resolve))
    const server = await serve((bytes, _, response) => {
      if (server.ranges.length > 1) return void response.end(bytes)
      response.write(bytes.subarray(0, wheel.size / 2), half)
    })
    const child = elsewhere({ ...options, index: server.index })
    await sent
    const part = join(cached(options.cacheDir, wheel).downloads, `${file}.part`)
    while (!existsSync(part) || readFileSync(part).length < wheel.size / 4)
      await new Promise((r) => setTimeout(r, 10))
    child.kill('SIGKILL')
    await once(child, 'close')
    const log: string[] = []
    const result = await setup({ ...options, index: server.index, log: (line) => log.push(line) })
    server.close()
    t.match(result, { backend: 'native', did: ['download', 'verify', 'unpack', 'compile', 'load'] })
    t.match(server.ranges, [undefined, /^bytes=\d{6}-$/])
    t.notMatch(log.join('\n'), /another set-up/, 'the dead one is not waited for')
    t.equal(loads(options.packageDir), version)
  },
)

void t.test(
  'what a killed set-up left half unpacked is unpacked anew, from the wheel that is there',
  { buffered: true },
  async (t) => {
    const options = fresh()
    const { library, downloads } = cached(options.cacheDir, wheel)
    mkdirSync(join(`${library}.partial`, 'tensorflow'), { recursive: true })
    writeFileSync(join(`${library}.partial`, wheel.libraries[0] ?? ''), 'half')
    mkdirSync(library, { recursive: true })
    mkdirSync(downloads)
    cpSync(wheelFile, join(downloads, file))
    t.match(await setup(options), { backend: 'native', did: ['verify', 'unpack', 'compile', 'load'] })
    t.equal(loads(options.packageDir), version)
  },
)

void t.test(
  'another file under the name of the wheel is refused, named, and not kept',
  { buffered: true },
  async (t) => {
    const options = fresh()
    const server = await serve((bytes, _, response) => {
      const wrong = Buffer.from(bytes)
      wrong[1000] ^= 1
      response.end(wrong)
    })
    const result = await setup({ ...options, index: server.index })
    server.close()
    t.match(result, { backend: 'wasm', remedy: /blindspot setup/ })
    const { reason } = result as { reason: string }
    t.ok(
      reason.includes(`${file}: expected sha256 ${wheel.sha256} and ${wheel.size} bytes, got sha256`),
      reason,
    )
    t.same(readdirSync(cached(options.cacheDir, wheel).downloads), [])
    t.notOk(existsSync(join(options.packageDir, 'lib')), 'the package is as it was')
  },
)

void t.test(
  'without a compiler: wasm at once, before anything is downloaded',
  { buffered: true },
  async (t) => {
    const options = fresh()
    const server = await serve((_, __, response) => void response.end())
    const result = await resultOf(elsewhere({ ...options, index: server.index }, { CXX: '/nonexistent/c++' }))
    server.close()
    t.match(result, { backend: 'wasm', reason: /^CXX=.nonexistent.* C\+\+17/, remedy: /install one/ })
    t.same(server.ranges, [])
  },
)

void t.test(
  'no space, no folder, no library for the platform: wasm with reason and remedy',
  { buffered: true },
  async (t) => {
    const options = fresh()
    const foreign = (fake: string): Promise<unknown> =>
      resultOf(elsewhere({}, { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fake)}` }))
    t.match(
      await Promise.all([
        setup({ ...options, wheel: { ...wheel, disk: 1e18 } }),
        setup({ ...options, cacheDir: join(wheelFile, 'cache') }),
        foreign(`Object.defineProperty(process, 'platform', { value: 'win32' })`),
      ]),
      [
        { backend: 'wasm', reason: /1000000000.0 GB of free space/, remedy: /BLINDSPOT_CACHE/ },
        { backend: 'wasm', reason: /ENOTDIR.*whl/, remedy: /./ },
        { backend: 'wasm', reason: /no TensorFlow library for win32-/, remedy: /./ },
      ],
    )
  },
)

void t.test('an abort stops it, and the next one does not wait', { buffered: true }, async (t) => {
  const options = fresh()
  const abort = new AbortController()
  const server = await serve((bytes, _, response) => {
    response.write(bytes.subarray(0, 1000), () => abort.abort())
  })
  await t.rejects(setup({ ...options, index: server.index, signal: abort.signal }), { name: 'AbortError' })
  server.close()
  t.notOk(existsSync(`${cached(options.cacheDir, wheel).entry}.lock`))
})

void t.test(
  'what is loaded is what was checked, and the set-up mends the rest',
  { buffered: true },
  async (t) => {
    // group-writable, as on systems where every user has a group of his own
    const umask = process.umask(0o002)
    t.teardown(() => process.umask(umask))
    const options = fresh()
    const { entry, library, downloads } = cached(options.cacheDir, wheel)
    const server = await serve((bytes, _, response) => void response.end(bytes))
    t.teardown(server.close)
    const again = async (): Promise<readonly string[]> => {
      const result = await setup({ ...options, index: server.index })
      return 'did' in result ? result.did : [result.reason]
    }
    t.same(await again(), ['download', 'verify', 'unpack', 'compile', 'load'])
    const condition = () => loadCondition(wheel, packageAt(options.packageDir))
    t.same(condition(), { kind: 'complete' })

    const [first] = wheel.libraries
    const inCache = join(library, first)
    const link = join(options.packageDir, 'deps/lib', basename(first))
    const binding = join(options.packageDir, bindingPath)
    const builtHere = join(entry, 'binding-4.22.0')
    const flip = (path: string) => () => {
      const { atime, mtime } = statSync(path)
      const bytes = readFileSync(path)
      bytes[bytes.length - 100] ^= 1
      writeFileSync(path, bytes)
      utimesSync(path, atime, mtime)
    }
    const relink = (to: string) => () => {
      rmSync(link)
      symlinkSync(to, link)
    }
    const open = (path: string, mode: number) => () => chmodSync(path, mode)
    const copy = join(root, 'a-copy', basename(first))
    mkdirSync(dirname(copy))
    copyFileSync(inCache, copy)
    const bad: Record<string, [() => void, RegExp]> = {
      'same size and time, other bytes': [flip(inCache), /expected the SHA-256 [0-9a-f]{64}, got/],
      'the same of the binding': [flip(binding), /tfjs_binding\.node: expected the SHA-256/],
      'a link to a copy': [relink(copy), /leads to .*a-copy.*, not to .*library/],
      'a link to nothing': [relink('nowhere'), /no file/],
      'a file in place of the link': [
        () => {
          rmSync(link)
          copyFileSync(copy, link)
        },
        /leads to .*, not to .*library/,
      ],
      'a library for all': [open(inCache, 0o666), /can be written to by others.*chmod go-w/],
      'a folder of it for a group': [
        open(dirname(inCache), 0o775),
        /can be written to by others.*chmod go-w/,
      ],
      'the cache for all': [open(options.cacheDir, 0o777), /can be written to by others.*chmod go-w/],
      'the entry': [open(entry, 0o777), /can be written to by others/],
      'the stamp': [
        open(join(options.packageDir, 'deps/blindspot.json'), 0o666),
        /can be written to by others/,
      ],
      'the links': [open(join(options.packageDir, 'deps/lib'), 0o777), /can be written to by others/],
      'the binding': [open(dirname(binding), 0o777), /can be written to by others/],
      ...(process.getuid?.() === 0 && {
        'of another user': [() => chownSync(inCache, 12345, 12345), /belongs to user 12345.*chown/],
        'a folder of another user': [() => chownSync(entry, 12345, 12345), /belongs to user 12345/],
      }),
    }
    for (const [name, [harm, reason]] of Object.entries(bad)) {
      harm()
      t.match(condition(), { kind: 'damaged', reason }, `${name} is refused`)
      await again()
      t.same(condition(), { kind: 'complete' }, `${name} is mended`)
      t.equal(loads(options.packageDir), version)
    }
    t.equal(readFileSync(inCache).equals(readFileSync(copy)), true, 'with the bytes of the wheel')

    // as after a copy of the whole, or in another layer of a container
    const now = new Date()
    utimesSync(inCache, now, now)
    t.same(condition(), { kind: 'complete' }, 'the same bytes at another time are hashed and remembered')
    writeFileSync(join(builtHere, 'blindspot.json'), '{}')
    rmSync(join(options.packageDir, 'deps/blindspot.json'))
    t.same(condition(), { kind: 'absent' }, 'what no set-up has put there is not loaded')
    t.same(await again(), ['compile', 'load'])

    // a cache in which an earlier version noted sizes alone
    const hashes = Object.fromEntries(
      [...wheel.libraries, ...wheel.headers].map((member) => [
        member,
        createHash('sha256')
          .update(readFileSync(join(library, member)))
          .digest('hex'),
      ]),
    )
    const stamp = join(library, 'blindspot.json')
    const { key, sizes } = JSON.parse(readFileSync(stamp, 'utf8')) as { key: object; sizes: object }
    writeFileSync(stamp, JSON.stringify({ key, sizes }))
    rmSync(join(options.packageDir, 'deps'), { recursive: true })
    rmSync(downloads, { recursive: true, force: true })
    t.match(
      await setup({ ...options, wheel: { ...wheel, members: hashes } }),
      { backend: 'native', did: ['verify', 'load'] },
      'is known by its hashes, without a download',
    )
  },
)

void t.test('who laid out the project adds packages to it', (t) => {
  const lock = '# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.'
  const folder = t.testdir({
    npm: { 'package-lock.json': '{}' },
    pnpm: { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" },
    classic: { 'yarn.lock': `${lock}\n# yarn lockfile v1\n` },
    berry: { 'yarn.lock': `${lock}\n\n__metadata:\n  version: 10\n` },
    bun: { 'bun.lock': '{}' },
  })
  t.same(
    ['npm', 'pnpm', 'classic', 'berry', 'bun'].map((project) => addingOf(join(folder, project))),
    [
      undefined,
      ...['pnpm add --ignore-scripts', 'yarn add --ignore-scripts', 'yarn add --mode=skip-build', 'bun add'],
    ],
  )
  t.end()
})
