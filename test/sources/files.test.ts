import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BlindspotError } from '../../operators/errors.js'
import { files } from '../../sources/files.js'
import { warnings } from '../warnings.js'

/** Empty files below a folder, `name -> target` a link. */
function make(root: string, names: readonly string[]): string {
  for (const name of names) {
    const [path, target] = name.split(' -> ') as [string, string?]
    mkdirSync(join(root, path, '..'), { recursive: true })
    if (target === undefined) writeFileSync(join(root, path), '')
    else symlinkSync(target, join(root, path))
  }
  return root
}

const NAMES = [
  'x.parquet',
  '_y.parquet',
  '.z.parquet',
  'a/1.parquet',
  'a/2.parquet',
  'a/3.parquet',
  'b/1.parquet',
  'b/c/deep.parquet',
  'FC10(1)/e.parquet',
  'FC10%281%29/e.parquet',
  'né+^$/ü.parquet',
  'link -> ../elsewhere',
  'A[1]/e.parquet',
]

t.test('a pattern finds what bash finds', async (t) => {
  const top = t.testdir()
  make(top, ['elsewhere/l.parquet'])
  const root = make(join(top, 't'), NAMES)
  const patterns = [
    ...[
      '/*.parquet',
      '//*.parquet',
      '/./*.parquet',
      '/a/../*.parquet',
      '/a//.//../b/./*.parquet',
      '/*/../x.parquet',
    ],
    ...[
      '/*/*.parquet',
      '/**/*.parquet',
      '/**/deep.parquet',
      '/b/**/*.parquet',
      '/a/?.parquet',
      '/a/[12].parquet',
    ],
    ...[
      '/a/[!1].parquet',
      '/a/[^1].parquet',
      '/a/[1-2].parquet',
      '/a/[[:digit:]].parquet',
      '/a/[]1].parquet',
    ],
    ...['/{a,b}/1.parquet', '/{a/1,b/c/deep,x}.parquet', '/a/{1..3}.parquet', '/{a,b{,/c}}/*.parquet'],
    ...[
      '/.*.parquet',
      '/link/*.parquet',
      '/l*k/*.parquet',
      '/FC10*/*.parquet',
      '/n?+^$/*.parquet',
      '/*(1)/*.parquet',
    ],
    ...['/a/[3-1].parquet', '/A\\[1]/e.parquet', '/../t/x.*'],
  ]
  const bash = (pattern: string) =>
    execFileSync('bash', [
      ...['-O', 'globstar', '-O', 'nullglob', '+O', 'extglob', '-c'],
      `IFS=; printf '%s\\n' ${`${root}${pattern}`.replace(/[()$ ]/g, '\\$&')}`,
    ])
      .toString()
      .split('\n')
      .filter((line) => line !== '')
  const plain = (path: string) => path.replace(/\/(\.?\/)+/g, '/')
  for (const pattern of patterns) {
    const expected = [...new Set(bash(pattern).map(plain))].sort()
    const found = await files(root + pattern, '.parquet').catch((error: unknown) => {
      if (error instanceof BlindspotError && error.code === 'bad-option') return []
      throw error
    })
    t.same(found.map(plain), expected, pattern)
  }
  const cwd = process.cwd()
  process.chdir(root)
  t.same(await files('./b//*.parquet', '.parquet'), ['b/1.parquet'])
  t.same(
    await files('*/../a/[1].parquet', '.parquet'),
    bash('/*/../a/[1].parquet')
      .map((path) => path.slice(root.length + 1))
      .sort(),
  )
  t.ok((await files('**', '.parquet')).includes('./b/c/deep.parquet'))
  process.chdir(cwd)
})

t.test('names with the characters of patterns are names where they exist', async (t) => {
  const root = make(t.testdir(), [
    '[ab].parquet',
    'a.parquet',
    'd[1]/x.parquet',
    'd1/y.parquet',
    '*/z.parquet',
  ])
  t.same(await files(join(root, '[ab].parquet'), '.parquet'), [join(root, '[ab].parquet')])
  t.same(await files(join(root, 'd[1]'), '.parquet'), [join(root, 'd[1]/x.parquet')])
  t.same(await files(join(root, 'd[1]/*.parquet'), '.parquet'), [join(root, 'd[1]/x.parquet')])
  t.same(await files(`${root}/*/`, '.parquet').then((found) => found.length), 1)
})

t.test('folders: all below, each once; what is left out is named', async (t) => {
  const top = make(t.testdir(), ['elsewhere/l.parquet'])
  const root = make(join(top, 't'), [
    ...NAMES,
    ...[
      'notes.txt',
      'b/more.csv',
      '_SUCCESS',
      '_temporary/part.parquet',
      'broken -> nowhere',
      'round -> .',
      'again -> a',
    ],
    'gone.parquet -> nowhere',
  ])
  const expected = NAMES.filter((name) => !/^[_.]|->/.test(name)).map((name) => join(root, name))
  let found: readonly string[] = []
  const said = await warnings(async () => (found = await files(root, '.parquet')))
  t.same(found, [...expected, join(root, 'link/l.parquet')].sort(), 'through links too, each once')
  t.equal(said.length, 1)
  for (const part of [
    '.z.parquet (hidden)',
    '_SUCCESS (begins with _)',
    '_temporary (begins with _)',
    '_y.parquet (begins with _)',
    'broken (a link that leads nowhere)',
    'gone.parquet (a link that leads nowhere)',
    'again (a folder that is read already)',
    'and 2 more',
  ])
    t.ok(said[0].includes(part), `${part} in ${said[0]}`)
  for (const path of [`${root}/`, `${root}//.`, `${root}/a/..`, `${root}/**`, `${top}/{t,t}/`, `${top}/?/`])
    t.equal((await files(path, '.parquet')).length, found.length, path)
  t.same(
    await files(join(root, '*.txt'), '.parquet'),
    [join(root, 'notes.txt')],
    'of a pattern, where there is nothing else',
  )
  t.match(await warnings(() => files(`${root}/[xn]*`, '.parquet')), [/notes\.txt \(no \.parquet file\)/])
  t.same(await warnings(() => files(join(root, 'a'), '.parquet')), [], 'nothing to say')
  const empty = make(join(top, 'empty'), ['notes.txt', '.hidden.parquet'])
  await t.rejects(files(empty, '.parquet'), {
    code: 'bad-option',
    message: /empty: there is no \.parquet file; there is .*hidden\.parquet \(hidden\), .*notes\.txt/,
  })
  await t.rejects(files(join(root, 'q*.parquet'), '.parquet'), {
    code: 'bad-option',
    message: /q\*\.parquet: there is no/,
  })
})

const { seteuid, geteuid } = process
const unrooted = geteuid?.() === 0 ? false : 'only root can leave its rights'
t.test('a folder that cannot be read is an error', { skip: unrooted }, async (t) => {
  const root = make(t.testdir(), ['a/1.parquet', 'closed/2.parquet'])
  if (!seteuid) throw new Error('expected a system with user ids')
  execFileSync('chmod', ['000', join(root, 'closed')])
  seteuid(65_534)
  try {
    for (const path of [root, `${root}/**/*.parquet`, `${root}/*/*.parquet`])
      await t.rejects(files(path, '.parquet'), { code: 'io', message: /closed cannot be read/ }, path)
  } finally {
    seteuid(0)
  }
})

t.test('a warning has no character that terminals obey', async (t) => {
  const root = t.testdir({ 'x.parquet': '', 'a\x1b[2Jb.txt': '' })
  const [said] = await warnings(() => files(`${root}/*`, '.parquet'))
  t.match(said, 'a\\x1b[2Jb.txt (no .parquet file)')
})
