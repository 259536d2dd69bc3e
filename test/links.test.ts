import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const markdown = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.md'))
const DOCUMENTS = [
  ...markdown('.'),
  ...['docs', 'bench'].flatMap((at) => markdown(at).map((name) => join(at, name))),
]
const FOLDERS = ['bench', 'docs', 'examples', 'operators', 'pipelines', 'sinks', 'sources', 'test']

/** A document without its blocks of code, whose signs mean something else. */
const proseOf = (document: string) =>
  readFileSync(document, 'utf8')
    .replace(/^```.*?^```$/gms, '')
    .replace(/^ {4}.*$/gm, '')

/** Anchors of its headings, as GitHub makes them. */
function anchorsOf(document: string): ReadonlySet<string> {
  const headings = [...proseOf(document).matchAll(/^#{1,6} (.*)$/gm)]
  return new Set(
    headings.map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

t.test('every relative link leads to a file and a heading', (t) => {
  const links = DOCUMENTS.flatMap((document) =>
    [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => ({ document, link })),
  ).filter(({ link }) => !/^[a-z]+:/.test(link))
  t.ok(links.length > 30, `${links.length} links`)
  const broken = links.filter(({ document, link }) => {
    const [path, ...anchors] = link.split('#')
    const target = path === '' ? document : relative('.', join(dirname(document), decodeURI(path)))
    if (!existsSync(target)) return true
    return anchors.some((anchor) => !anchorsOf(target).has(decodeURI(anchor)))
  })
  t.same(broken, [])
  t.end()
})

t.test('files that documents and comments name are there', (t) => {
  const built = /^dist\//
  const named = DOCUMENTS.flatMap((document) =>
    [...proseOf(document).matchAll(/`([\w/.-]+\/[\w/.-]*)`/g)].map(([, path]) => ({ document, path })),
  )
    .filter(({ path }) => FOLDERS.includes(path.replace(built, '').split('/')[0]))
    // what stands for any name
    .filter(({ path }) => !path.includes('NAME'))
  const commented = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => join(folder, name)),
  ).flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(/\b(?:docs|bench)\/[\w-]+\.(?:md|py|txt)\b/g)].map(
      ([path]) => ({
        document,
        path,
      }),
    ),
  )
  t.ok(named.length > 10 && commented.length > 2, `${named.length} and ${commented.length} names`)
  const isThere = (path: string) =>
    [path, `${path}.ts`, path.replace(/\.js$/, '.ts').replace(built, '')].some(existsSync) &&
    (!path.endsWith('/') || statSync(path).isDirectory())
  t.same(
    [...named, ...commented].filter(({ path }) => !isThere(path)),
    [],
  )
  t.end()
})
