import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'

t.test('what npm packs of a build is the library', (t) => {
  const [{ files }] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--offline'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as readonly { readonly files: readonly { readonly path: string }[] }[]
  const paths = files.map(({ path }) => path)
  const needed = [
    ...['dist/index.js', 'dist/index.d.ts', 'dist/pipelines/cli.js', 'dist/sinks/report/style.css'],
    ...['dist/operators/kernel/minimize.wasm', 'dist/sinks/report/browser/page.js', 'README.md'],
  ]
  t.same(
    needed.filter((path) => !paths.includes(path)),
    [],
  )
  t.same(
    paths.filter((path) => /^dist\/test\/|\.tsbuildinfo$/.test(path)),
    [],
  )
  const sources = (path: string) =>
    ['.ts', '.tsx', '.css'].map((ending) =>
      path.replace(/^dist\//, '').replace(/(\.d)?\.\w+(\.map)?$/, ending),
    )
  t.same(
    paths.filter((path) => path.startsWith('dist/') && !sources(path).some((source) => existsSync(source))),
    [],
    'each is of a source that there is',
  )
  t.end()
})

t.test('a build leaves nothing in dist/ that an earlier one made of a source that is gone', (t) => {
  const folder = t.testdir({
    'index.ts': '',
    sinks: { 'page.tsx': '', 'style.css': '', kernel: { 'sum.ts': '' } },
    dist: {
      ...{ 'index.js': '', 'index.js.map': '', 'index.d.ts': '', 'node.tsbuildinfo': '', 'old.js.map': '' },
      sinks: { 'page.js': '', 'style.css': '', 'old.css': '', kernel: { 'sum.wasm': '', 'old.wasm': '' } },
      gone: { deep: { 'old.js': '', 'old.d.ts': '' } },
    },
  })
  execFileSync(process.execPath, [resolve('clean.js')], { cwd: folder })
  t.same(readdirSync(join(folder, 'dist'), { recursive: true }).sort(), [
    ...['index.d.ts', 'index.js', 'index.js.map', 'node.tsbuildinfo', 'sinks'],
    ...['kernel', 'kernel/sum.wasm', 'page.js', 'style.css'].map((path) => `sinks/${path}`),
  ])
  t.end()
})

t.test('npm runs no script of the package by itself: who packs it is told to build it first', (t) => {
  t.match(readFileSync('.npmrc', 'utf8'), /^ignore-scripts=true$/m)
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly scripts: object }
  t.same(
    Object.keys(scripts).filter((name) => /^(pre|post)|^prepare$/.test(name)),
    [],
    'a script that never runs promises what is not done',
  )
  for (const document of ['README.md', 'docs/library.md'])
    t.same(
      readFileSync(document, 'utf8').match(/`[^`]*npm pack[^`]*`/g),
      ['`npm run build && npm pack`'],
      document,
    )
  t.end()
})
