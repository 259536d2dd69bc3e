import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
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
