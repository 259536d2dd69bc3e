import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { execFileSync } from 'node:child_process'
import t from 'tap'
import { useBackend } from '../../operators/tensor/backend.js'
import { Stranger } from './stranger.js'
import { OWN, RUN, STUDY, TEST, TYPED } from './study.js'

/** Runtimes and test runners that are tried; where one goes another way than Node, its environment. */
const TOOLS = 'jest@30 vitest@4 tsx@4 esbuild@0.28 bun@1 deno@2 typescript@5.9 @types/node@20'
const OF_BUN = {
  TF_CPP_MIN_LOG_LEVEL: '3',
  TF_ENABLE_ONEDNN_OPTS: '0',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
}
/** The user and group `nobody`. */
const NOBODY = 65_534
const SEEN = { rows: 16, threadsAgree: true, files: 1 }

t.test('the first day of a stranger, from the packed file', async (t) => {
  // every user can go in
  const root = mkdtempSync(join(tmpdir(), 'stranger-'))
  chmodSync(root, 0o755)
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--offline', '--pack-destination', root], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as readonly { readonly filename: string }[]
  const file = join(root, packed.filename)
  const project = (name: string) => {
    mkdirSync(join(root, name))
    return new Stranger(join(root, name))
  }
  const native = (await useBackend()).name === 'native'

  const me = project('study')
  await me.type('npm init --yes')
  await me.type('npm pkg set type=module')
  const installed = await me.type(`npm install --no-audit --no-fund ${file}`)
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN/.test(installed.err) && installed.code !== 0) {
    t.pass('npm install', { skip: `registry: ${installed.err.split('\n')[0]}` })
    return
  }
  t.same(
    [installed.code, /npm (error|ERR)/.test(installed.err)],
    [0, false],
    'is installed as typed, scripts allowed',
  )
  me.write('study.mjs', STUDY)
  me.write('run.mjs', RUN)

  await t.test('without the native backend it runs, and says so once', async (t) => {
    const at = join(me.folder, 'node_modules/@tensorflow/tfjs-node')
    t.notOk(existsSync(join(at, 'deps/lib')), 'not set up yet')
    const { code, out, err } = await me.type('node run.mjs')
    t.equal(code, 0, err)
    t.same(JSON.parse(out), { backend: 'wasm', ...SEEN })
    t.equal(
      err.match(/backend: wasm, slower than native/g)?.length,
      1,
      'in the thread and its workers together',
    )
    t.match(err, /npx blindspot setup/)
  })

  await t.test('npx blindspot setup brings and completes tfjs-node', async (t) => {
    const { code, out, err } = await me.type('npx blindspot setup')
    t.equal(code, 0, err)
    t.match(out, native ? /^backend: native/ : /^backend: wasm, slower than native: .+; /)
    const manifest = JSON.parse(readFileSync(join(me.folder, 'package.json'), 'utf8')) as Record<
      string,
      object
    >
    t.same(Object.keys(manifest['dependencies'] ?? {}), ['blindspot'], 'and leaves package.json alone')
    const study = await me.type('node run.mjs')
    t.same(JSON.parse(study.out), { backend: native ? 'native' : 'wasm', ...SEEN })
    t.equal(study.err, native ? '' : study.err)
  })

  await t.test('own data, own networks, own attacks, and what came of them', async (t) => {
    me.write('own.mjs', OWN)
    const typed = async (line: string, expected?: RegExp) => {
      const { code, out, err } = await me.type(line)
      t.equal(code, 0, `${line}: ${err}`)
      if (expected) t.match(out, expected, line)
      return out
    }
    await typed('node own.mjs')
    const sets = ['npz@split=train:faces.npz', 'npz@split=test:faces.npz']
    const wrong = await me.type(`npx blindspot train FC32 --data ${sets[0]} --out net`)
    t.equal(wrong.code, 2)
    t.match(wrong.err, /FC32-3/, 'the name that was meant')
    for (const net of ['FC16-3', 'FC8-3'])
      await typed(`npx blindspot train ${net} --data ${sets[0]} --epochs 30 --out nets/${net}`)
    await typed('npx blindspot inspect nets/FC16-3', /3 classes/)
    const nets = 'nets/FC16-3 nets/FC8-3'
    await typed(`npx blindspot evaluate ${nets} --data ${sets[1]} --out mine`, /FC8-3/)
    await typed(`npx blindspot attack ${nets} --data ${sets[1]} --seeds 1..2 --out mine`, /FC16-3/)
    await typed(`npx blindspot attack nets/FC16-3 --data ${sets[1]} --method deepfool --out mine`)
    await typed(`npx blindspot score mine --models ${nets} --noise 0.3 --out mine`)
    await typed(`npx blindspot rank nets/FC16-3 --layer hidden1 --data ${sets[1]} --out mine`)
    await typed('npx blindspot query mine accuracy --format csv', /linf/)
    const runs = (await typed('npx blindspot runs mine --json')).trim().split('\n')
    t.equal(runs.filter((run) => (JSON.parse(run) as { kind: string }).kind === 'attack').length, 5)
    await typed(`npx blindspot verify mine --models ${nets}`, /as committed/)
    await typed('npx blindspot export mine --npy --out arrays --json', /index\.csv/)
    await typed('npx blindspot compact mine --grace 0')
    await typed('npx blindspot verify mine', /as committed/)
    await typed('npx blindspot report mine')
    const page = readFileSync(join(me.folder, 'mine/report.html'), 'utf8')
    t.notMatch(page, /not complete|Table 3|nine/i, 'of the paper there is nothing')
    t.match(page, /robust-accuracy/)
  })

  await t.test('what npm installs afterwards leaves it there', async (t) => {
    const { code, err } = await me.type(`npm install --no-audit --no-fund --save-dev ${TOOLS}`)
    t.equal(code, 0, err)
    const { out } = await me.type('npx blindspot setup --check --json')
    t.equal((JSON.parse(out) as { backend: { name: string } }).backend.name, native ? 'native' : 'wasm')
  })

  await t.test('runtimes, test runners and bundlers', async (t) => {
    me.write('study.test.mjs', TEST)
    const backend = native ? 'native' : 'wasm'
    const told = async (line: string, env = {}) => {
      const { code, out, err } = await me.type(line, { env })
      return code === 0 ? (JSON.parse(out) as object) : err.slice(-2000)
    }
    t.same(await told('npx tsx run.mjs'), { backend, ...SEEN }, 'tsx')
    t.same(await told('npx bun run.mjs', OF_BUN), { backend, ...SEEN }, 'bun')
    t.same(await told('npx deno run -A run.mjs'), { backend, ...SEEN }, 'deno')
    await me.type(
      'npx esbuild run.mjs --bundle --platform=node --format=esm --packages=external --outfile=bundle.mjs',
    )
    t.same(await told('node bundle.mjs'), { backend, ...SEEN }, 'a bundle of esbuild with packages external')
    me.write('common.cjs', 'console.log(JSON.stringify(typeof require("blindspot").attack))')
    t.equal(await told('node common.cjs'), 'function', 'require')
    const jest = await me.type('npx jest --testMatch **/study.test.mjs --transform {}', {
      env: { NODE_OPTIONS: '--experimental-vm-modules' },
    })
    t.equal(jest.code, 0, `jest ${jest.err.slice(-2000)}`)
    const vitest = await me.type('npx vitest run --globals study.test.mjs')
    t.equal(vitest.code, 0, `vitest ${vitest.out.slice(-2000)} ${vitest.err.slice(-2000)}`)
  })

  await t.test('a strict compiler takes its types, those of its packages included', async (t) => {
    me.write('typed.ts', TYPED)
    const { code, out } = await me.type(
      'npx tsc --noEmit --strict --exactOptionalPropertyTypes --target es2022 --module nodenext typed.ts',
    )
    t.equal(code, 0, out)
  })

  t.test('it brings its documents and the sources of its source maps', (t) => {
    const at = join(me.folder, 'node_modules/blindspot')
    const documents = [
      'README.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      ...readdirSync(join(at, 'docs')).map((name) => join('docs', name)),
    ]
    const dead = documents
      .filter((name) => name.endsWith('.md'))
      .flatMap((name) =>
        [...readFileSync(join(at, name), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
          .map(([, link]) => resolve(at, dirname(name), link))
          .filter((path) => !existsSync(path))
          .map((path) => `${name}: ${path}`),
      )
    t.same(dead, [])
    const maps = readdirSync(join(at, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js.map'),
    )
    const without = maps.filter((name) => {
      const { sourcesContent } = JSON.parse(readFileSync(join(at, 'dist', name), 'utf8')) as {
        sourcesContent?: (string | null)[]
      }
      return !sourcesContent?.every((text) => typeof text === 'string')
    })
    t.ok(maps.length > 300)
    t.same(without, [])
    t.end()
  })

  await t.test('what root has set up another user runs', async (t) => {
    if (process.getuid?.() !== 0 || !native)
      return void t.pass('nobody', { skip: 'root: not who tests, or no native backend' })
    const home = join(root, 'home')
    mkdirSync(home, { mode: 0o777 })
    const { code, out, err } = await me.type('node run.mjs', {
      uid: NOBODY,
      env: { HOME: home, TMPDIR: tmpdir() },
    })
    t.equal(code, 0, err)
    t.same(JSON.parse(out), { backend: 'native', ...SEEN })
  })

  await t.test('without scripts it is installed and set up as well', async (t) => {
    const careful = project('careful')
    await careful.type('npm init --yes')
    const { code, err } = await careful.type(`npm install --ignore-scripts --no-audit --no-fund ${file}`)
    t.equal(code, 0, err)
    t.match((await careful.type('npx blindspot setup')).out, native ? /^backend: native/ : /^backend: wasm/)
  })
})
