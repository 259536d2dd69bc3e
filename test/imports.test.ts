import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import ts from 'typescript'

/** Packages that may be loaded with a part, before anything of it is used; all others wait until they are. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  flow: ['rxjs'],
  operators: ['apache-arrow', 'pure-rand', 'rxjs', 'valibot'],
  sources: ['apache-arrow', 'pure-rand', 'rxjs'],
  sinks: ['apache-arrow', 'cli-table3', 'csv-stringify', 'markdown-table', 'rxjs'],
  pipelines: ['apache-arrow', 'pure-rand', 'rxjs', 'valibot'],
}

const require = createRequire(import.meta.url)

/** What a compiled module imports, or passes on, as soon as it is imported itself. */
function importsOf(file: string): readonly string[] {
  const { statements } = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  return statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const { moduleSpecifier } = statement
    return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? [moduleSpecifier.text] : []
  })
}

/** All that is loaded with a module: files of the library, and packages. */
function loadedWith(entry: string): { readonly files: Set<string>; readonly packages: Set<string> } {
  const [files, packages] = [new Set([entry]), new Set<string>()]
  for (const file of files)
    for (const name of importsOf(file))
      if (name.startsWith('.')) files.add(join(dirname(file), name))
      else if (!name.startsWith('node:')) packages.add(/^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name)
  return { files, packages }
}

for (const [part, expected] of Object.entries(PACKAGES))
  t.test(`blindspot/${part} loads what every use of it needs`, (t) => {
    const { files, packages } = loadedWith(require.resolve(`blindspot/${part}`))
    t.ok(files.size > 5, 'modules are followed')
    t.same([...packages].sort(), expected)
    t.end()
  })

t.test('all of it loads no more than its parts', (t) => {
  const whole = loadedWith(require.resolve('blindspot'))
  const parts = Object.keys(PACKAGES).map((part) => loadedWith(require.resolve(`blindspot/${part}`)))
  const beside = [...whole.files].filter((file) => !parts.some(({ files }) => files.has(file)))
  const root = dirname(require.resolve('blindspot/package.json'))
  t.same(
    beside.map((file) => relative(join(root, 'dist'), file)),
    ['index.js'],
  )
  t.end()
})
