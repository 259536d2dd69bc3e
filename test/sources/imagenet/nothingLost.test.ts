import t from 'tap'
import { existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { pack } from 'tar-stream'
import { imagenet } from '../../../sources/imagenet.js'
import { parseSource } from '../../../sources/source.js'
import { batches, photograph, read, refused, rows, size, tar, write } from './photographs.js'

const [tench, goldfish, toucan] = ['n01440764', 'n01443537', 'n01843383']
const name = (number: number) => `ILSVRC2012_val_${String(number).padStart(8, '0')}`

const warnings: string[] = []
process.on('warning', ({ message }) => warnings.push(message))
/** Warnings about a place since the test began. */
async function said(place: string): Promise<readonly string[]> {
  await new Promise((resolve) => setImmediate(resolve))
  return warnings.filter((text) => text.startsWith(place))
}

t.test('folders and files beside what is read are named', async (t) => {
  const root = write(join(t.testdir(), 'all'), {
    [`${tench}/a.png`]: await photograph(1),
    'n0144353/b.png': await photograph(2),
    'Dogs/puppies/c.png': await photograph(3),
    'Annotations/x.png': await photograph(4),
    'notes/d.txt': 'no photograph',
    'loose.png': await photograph(5),
    'more.tar': await tar([[`${tench}/e.png`, await photograph(6)]]),
  })
  t.same(await rows(root), [[0, 0, 1]])
  t.same(await said(root), [
    `${root}: beside the photographs that are read it has these, which are not: folders (2): Dogs, n0144353; photographs (1): loose.png; archives (1): more.tar`,
  ])
  const splits = write(join(t.testdir(), 'splits'), {
    [`train/${tench}/a.png`]: await photograph(1),
    'train.tar': await tar([[`${tench}/e.png`, await photograph(6)]]),
    [`val/${tench}/a.png`]: await photograph(1),
  })
  t.same(await rows(splits, { split: 'train' }), [[0, 0, 1]])
  t.match(await said(splits), [/are not: archives \(1\): train\.tar$/])
  const empty = write(join(t.testdir(), 'empty'), {
    [`${tench}/a.png`]: await photograph(1),
    [`${goldfish}/none.txt`]: '',
  })
  t.same(await rows(empty), [[0, 0, 1]])
  t.match(await said(empty), [/of its 2 classes 1 have no photographs: n01443537$/])
})

t.test('photographs beside folders of photographs are one collection, of which none is lost', async (t) => {
  const root = write(join(t.testdir(), 'Holiday'), {
    'cover.png': await photograph(1),
    '2024/a.png': await photograph(2),
    '2025/Rome/b.png': await photograph(3),
  })
  t.same(await rows(root), [
    [0, 0, 1],
    [1, 0, 2],
    [2, 0, 3],
  ])
  t.match(await said(root), [
    /: 1 of its 3 photographs are in no folders of classes .* all are one collection/,
  ])
  const ofKit = write(join(t.testdir(), 'kit'), {
    [`val/${name(1)}.JPEG`]: await photograph(1),
    'val/more/x.png': await photograph(2),
    'val.txt': `${name(1)}.JPEG 5\n`,
  })
  t.same(await rows(join(ofKit, 'val')), [[0, 5, 1]])
  t.match(await said(ofKit), [/which are not: folders \(1\): more$/])
})

t.test('a damaged list of classes is an error that names its line', async (t) => {
  const root = join(t.testdir(), 'all')
  const kit = 'ILSVRC2012_validation_ground_truth.txt'
  const cases: [file: string, text: string, says: RegExp][] = [
    [kit, '', /ground_truth\.txt, line 1: expected a number from 1 .* got an empty file/],
    [kit, '\n\n', /line 1: .*an empty file/],
    [kit, '5\n\n7\n', /ground_truth\.txt, line 2: expected a number from 1 to 1000, got an empty line/],
    [kit, '5\n0\n7\n', /line 2: expected a number from 1 to 1000, got 0/],
    [kit, '5\nx\n7\n', /line 2: .* got x/],
    [kit, '5\n6\n', /ground_truth\.txt: it says no class for ILSVRC2012_val_00000003/],
    [
      'val.txt',
      `${name(1)}.JPEG 5\n\n${name(2)}.JPEG\n${name(3)}.JPEG 7\n`,
      /val\.txt, line 3: expected a name and/,
    ],
    [
      'val.txt',
      `${name(1)}.JPEG 5\n\n${name(2)}.JPEG 1000\n${name(3)}.JPEG 7\n`,
      /val\.txt, line 3: .* got 1000/,
    ],
    [
      'val.txt',
      `${name(1)} 5\n${name(1)} 6\n${name(2)} 5\n${name(3)} 7\n`,
      /val\.txt: expected one class for .*1, got several/,
    ],
    ['val.txt', `${tench}\n\n${goldfish}\n`, /val\.txt, line 2: expected a wnid .* got an empty line/],
    ['val.txt', '', /found none: .*val\.txt: it is empty/],
    [
      'val.txt',
      '5\n6\n7\n',
      /found none: .*val\.txt: its numbers may be indices from 0 or .*ground_truth\.txt/,
    ],
    ['val.txt', 'nothing of the kind\n', /found none: .*val\.txt: it is no list/],
  ]
  for (const [i, [file, text, says]] of cases.entries()) {
    const place = write(`${root}${i}`, {
      [`val/${name(1)}.JPEG`]: await photograph(1),
      [`val/${name(2)}.JPEG`]: await photograph(2),
      [`val/${name(3)}.JPEG`]: await photograph(3),
      [file]: text,
    })
    await refused(t, join(place, 'val'), {}, 'bad-data', says)
  }
  const shifted = write(`${root}-blank`, {
    [`val/${name(1)}.JPEG`]: await photograph(1),
    [`val/${name(2)}.JPEG`]: await photograph(2),
    'val.txt': `\nname label\n\n${name(2)}.JPEG 6\n\n\n${name(1)}.JPEG 5\n\n`,
  })
  t.same(
    (await rows(join(shifted, 'val'))).map(([, label]) => label),
    [5, 6],
    'blank lines between names',
  )
  const zero = write(`${root}-zero`, {
    [`val/${name(0)}.JPEG`]: await photograph(1),
    [`val/${name(1)}.JPEG`]: await photograph(2),
    'val.txt': `${tench}\n${goldfish}\n`,
  })
  await refused(
    t,
    join(zero, 'val'),
    {},
    'bad-data',
    /val\.txt: it says no class for ILSVRC2012_val_00000000/,
  )
})

/** Files of 4096 bytes, of which one is refused and the other ends before that. */
const [refusing, shorter] = ['/sys/class/net/lo/speed', '/sys/devices/system/cpu/online']
const areThere = existsSync(refusing) && existsSync(shorter)

t.test(
  'what the disk refuses',
  { skip: !areThere && `${refusing} or ${shorter} is not there` },
  async (t) => {
    const root = write(t.testdir(), { [`all/${tench}/a.png`]: await photograph(1) })
    symlinkSync(refusing, join(root, `all/${tench}/b.png`))
    symlinkSync(shorter, join(root, `all/${tench}/c.png`))
    const [{ label, unreadable }] = await batches(imagenet(join(root, 'all'), { size }))
    t.same([...label], [0])
    t.match(unreadable, [
      { path: `${tench}/b.png`, reason: /b\.png cannot be read: EINVAL/ },
      { path: `${tench}/c.png`, reason: /c\.png cannot be read: it became shorter while it was read/ },
    ])
    for (const [file, target] of [
      ['a.tar', refusing],
      ['b.tar', shorter],
      ['a.parquet', refusing],
    ]) {
      const folder = write(join(root, file), {})
      symlinkSync(target, join(write(folder, { 'a.txt': '' }), file))
      for (const place of [folder, join(folder, file)])
        await refused(t, place, {}, 'io', new RegExp(`${file} cannot be read: `))
    }
    symlinkSync(
      refusing,
      join(write(join(root, 'val'), { [`${name(1)}.png`]: await photograph(1) }), 'val.txt'),
    )
    await refused(t, join(root, 'val'), {}, 'io', /val\.txt cannot be read: EINVAL/)
  },
)

t.test('a file beside photographs that is no list of their classes', async (t) => {
  const root = join(t.testdir(), 'all')
  const cases: [file: string, text: string, labels: readonly number[]][] = [
    ['interval.txt', '0\n4\n', [0, 0]],
    ['contest.csv', 'a 0\nb 4\n', [0, 0]],
    ['test.txt', '0\n4\n', [0, 0]],
    ['val_2.txt', `${tench}\n${toucan}\n`, [0, 0]],
    ['test.txt', 'a.png 0\nb.png 4\n', [0, 4]],
    ['my-labels.txt', '0\n4\n', [0, 4]],
    ['val_synset_labels.txt', `${tench}\n${toucan}\n`, [0, 96]],
  ]
  for (const [i, [file, text, labels]] of cases.entries()) {
    const place = write(`${root}${i}`, {
      'in/a.png': await photograph(1),
      'in/b.png': await photograph(2),
      [file]: text,
    })
    t.same(
      (await rows(join(place, 'in'))).map(([, label]) => label),
      labels,
      file,
    )
  }
})

t.test('names that are not UTF-8', { skip: process.platform !== 'linux' && 'names are UTF-8' }, async (t) => {
  const root = write(t.testdir(), { 'cat/a.png': await photograph(1) })
  const bytes = (path: string) => Buffer.from(join(root, path), 'latin1')
  mkdirSync(bytes('caf\xe9'))
  writeFileSync(bytes('caf\xe9/b.png'), await photograph(2))
  writeFileSync(bytes('cat/\xe9.png'), await photograph(3))
  const [{ label, unreadable }] = await batches(imagenet(root, { size }))
  t.same([...label], [0])
  t.match(unreadable, [{ path: 'cat/\ufffd.png', reason: /its name is not UTF-8; rename it/ }])
  const told = await said(root)
  t.ok(
    told.some((text) => /folders whose names are not UTF-8 are not read \(1\): caf\ufffd; rename/.test(text)),
  )
  t.notOk(told.some((text) => text.includes('have no photographs')))
})

t.test('files of endings that are not read are counted', async (t) => {
  const root = join(t.testdir(), 'all')
  const one = await photograph(1)
  const others = {
    README: '',
    'a.txt': '',
    'my_devkit.zip': '',
    'b.mov': '',
    'c.ppm': '',
    'd.CR2': '',
    e: '',
  }
  const within = (folder: string) =>
    Object.fromEntries(Object.entries(others).map(([file, text]) => [`${folder}${file}`, text]))
  const places = {
    classes: write(`${root}1`, { [`${tench}/a.png`]: one, ...within(`${tench}/deep/`), 'x.nef': '' }),
    flat: write(`${root}2`, { 'a.png': one, 'more/b.png': one, ...within('more/'), 'x.nef': '' }),
    archive: join(
      write(`${root}3`, {
        'a.tar': await tar([[`${tench}/a.png`, one], ...Object.entries(within(`${tench}/`)), ['x.nef', '']]),
      }),
      'a.tar',
    ),
  }
  for (const [kind, place] of Object.entries(places)) {
    await rows(place)
    t.match(
      (await said(place)).filter((text) => text.includes('endings')),
      [/not read \(4\): .*c\.ppm/],
      kind,
    )
  }
  const beside = write(`${root}4`, { [`${tench}/a.png`]: one, 'RAW/a.dng': '', 'notes/a.txt': '' })
  await rows(beside)
  t.match(await said(beside), [/which are not: folders \(1\): RAW$/])
})

t.test('no photographs are an error', async (t) => {
  const root = write(t.testdir(), {
    [`classes/${tench}/none.txt`]: '',
    'holiday/2024/none.txt': '',
    'train.tar': await tar([[`${tench}.tar`, await tar([['x.txt', '']])]]),
    'shards.tar': await tar([['1.cls', '5']]),
  })
  await refused(
    t,
    join(root, 'classes'),
    {},
    'bad-option',
    /classes: expected .* found folders \(1\): n01440764/,
  )
  await refused(t, join(root, 'holiday'), {}, 'bad-option', /found folders \(1\): 2024/)
  for (const archive of ['train.tar', 'shards.tar'])
    await refused(t, join(root, archive), {}, 'bad-data', /tar: expected photographs, and there is none/)
})

t.test('classes and shards of which no photograph is', async (t) => {
  const inner = await tar([[`${tench}_1.JPEG`, await photograph(1)]])
  const root = write(t.testdir(), {
    [`all/${tench}/a.png`]: await photograph(1),
    'train.tar': await tar([[`${tench}.tar`, inner]]),
  })
  for (const place of ['all', 'train.tar']) {
    await refused(
      t,
      join(root, place),
      { classes: ['dog'] },
      'bad-option',
      /classes: of 1 photographs none is of dog$/,
    )
    const shard = { index: 90, of: 100 }
    await refused(
      t,
      join(root, place),
      { shard },
      'bad-option',
      /shard: of 1 photographs none is in shard 90\/100$/,
    )
    await refused(
      t,
      join(root, place),
      { classes: ['tench'], shard },
      'bad-option',
      /classes and shard: of 1 photographs none is of tench and in shard 90\/100$/,
    )
    const counted = parseSource(`imagenet@shard=90/100:${join(root, place)}`).count()
    if (place === 'all') await t.rejects(counted, { code: 'bad-option', message: /none is in shard/ })
    t.same(await rows(join(root, place), { skip: 1 }), [])
    t.same(await rows(join(root, place), { classes: ['tench'], skip: 1 }), [])
  }
})

t.test('options that are given twice, and splits that are not there', async (t) => {
  const root = write(join(t.testdir(), 'photographs'), { [`${tench}/a.png`]: await photograph(1) })
  t.throws(() => parseSource(`imagenet@size=8,exif,size=16:${root}`), {
    code: 'bad-option',
    message: /expected size once, got it again/,
  })
  await refused(
    t,
    root,
    { split: 'nope' },
    'bad-option',
    /it has no splits, and is train, val, test or all, got "nope"/,
  )
  t.equal((await parseSource(`imagenet@split=validation:${root}`).identity()).split, 'val')
})

t.test('shards that are missing are named', async (t) => {
  const shard = await tar([
    ['1.jpg', await photograph(1)],
    ['1.cls', '5'],
  ])
  const root = join(t.testdir(), 'all')
  write(root, { 'a-000000.tar': shard, 'a-000003.tar': shard, 'b-00001-of-00003.tar': shard })
  t.equal((await rows(root)).length, 3)
  t.match(await said(root), [
    /of its numbered files 3 are there, 4 are missing: a-000001\.tar, a-000002\.tar, b-00000-of-00003\.tar, b-00002-of-00003\.tar$/,
  ])
  const classes = join(t.testdir(), 'classes')
  const ofClass = await tar([['x.png', await photograph(1)]])
  write(classes, { [`${tench}.tar`]: ofClass, [`${toucan}.tar`]: ofClass })
  t.equal((await rows(classes)).length, 2)
  t.same(await said(classes), [], 'a wnid is no number of a row')
})

t.test('members of archives: dots, links, several photographs of a sample', async (t) => {
  const archive = pack()
  archive.entry({ name: `../${tench}/a.png` }, await photograph(1))
  archive.entry({ name: `${tench}/b.png`, type: 'symlink', linkname: 'a.png' })
  archive.entry({ name: `${tench}/no.txt`, type: 'symlink', linkname: 'a.txt' })
  archive.finalize()
  const parts: Buffer[] = []
  for await (const part of archive) parts.push(part as Buffer)
  const root = write(t.testdir(), {
    'linked.tar': Buffer.concat(parts),
    'several.tar': await tar([
      ['1.seg.png', await photograph(9)],
      ['1.png', await photograph(1)],
      ['1.jpg', await photograph(8)],
      ['1.cls', '5'],
    ]),
    'mixed.tar': await tar([
      [`${tench}/a.png`, await photograph(1)],
      ['elsewhere/b.png', await photograph(2)],
      [`${toucan}/c.png`, await photograph(3)],
    ]),
    'unlabelled.tar': await tar([['cats/a.png', await photograph(1)]]),
  })
  t.same(await rows(join(root, 'linked.tar')), [[0, 0, 1]])
  t.match(await said(join(root, 'linked.tar')), [/photographs that are links \(1\) are not read/])
  t.same(await rows(join(root, 'several.tar')), [[0, 5, 1]])
  t.match(await said('several.tar'), [/samples have several photographs, such as 1: /])
  const mixed = await read(join(root, 'mixed.tar'))
  t.same(mixed.rows, [
    [0, 0, 1],
    [2, 96, 3],
  ])
  t.same(mixed.unreadable, [[1, 'mixed.tar/elsewhere/b.png']], 'without a class')
  await refused(
    t,
    join(root, 'unlabelled.tar'),
    {},
    'bad-data',
    /expected an archive of photographs with a wnid/,
  )
})

/** A class's tar of one photograph. */
const ofClass = async (wnid: string, colour: number): Promise<[string, Buffer]> => [
  `${wnid}.tar`,
  await tar([[`${wnid}_1.png`, await photograph(colour)]]),
]

t.test('each archive is what its own members say', async (t) => {
  const sample = await tar([
    ['1.png', await photograph(1)],
    ['1.cls', '5'],
  ])
  const classes = await tar([await ofClass(tench, 2), [`${toucan}/a.png`, await photograph(3)]])
  const folders = await tar([[`${toucan}/b.png`, await photograph(4)], await ofClass(goldfish, 5)])
  const ofShard = [0, 5, 1] as const
  for (const order of ['abc', 'cab', 'bca']) {
    const root = join(t.testdir(), order)
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => `${order.indexOf(letter)}.tar`)
    write(root, { [a]: sample, [b]: classes, [c]: folders })
    t.same(
      (await rows(root)).map(([, label, colour]) => [label, colour]).sort(),
      [ofShard.slice(1), [0, 2], [96, 3], [96, 4], [1, 5]].sort(),
      order,
    )
  }
  const deep = write(t.testdir(), { 'a.tar': await tar([['more.tar', classes]]) })
  t.same(
    (await rows(deep)).map(([, label]) => label),
    [0, 96],
    'archives within archives of archives',
  )
})

t.test('archives that are empty, and what of them is not read', async (t) => {
  const none = await tar([])
  const sample = await tar([
    ['1.png', await photograph(1)],
    ['1.cls', '5'],
    ['2.ppm', 'P6'],
    ['2.cls', '6'],
    ['3.tar', none],
    ['dataset.json', '{}'],
  ])
  const shards = write(join(t.testdir(), 'shards'), { 'a.tar': none, 'b.tar': sample, 'c.tar': none })
  t.same(await rows(shards), [[0, 5, 1]])
  await refused(t, join(shards, 'a.tar'), {}, 'bad-data', /a\.tar: .* got an empty one/)
  t.same([...(await said(shards))].sort(), [
    `${shards}/b.tar: archives beside samples are not read (1): 3.tar`,
    `${shards}/b.tar: samples that have a class and no photograph of an ending that is read (1): 2`,
    `${shards}: archives without photographs (2): a.tar, c.tar`,
  ])
  const training = write(join(t.testdir(), 'training'), {
    'train.tar': await tar([[`${goldfish}.tar`, none], await ofClass(tench, 1)]),
    'cut.tar': await tar([await ofClass(tench, 1), [`${goldfish}.tar`, '']]),
  })
  t.same(await rows(join(training, 'train.tar')), [[0, 0, 1]])
  t.match(await said(training), [
    /train\.tar: archives without photographs \(1\): train\.tar\/n01443537\.tar$/,
  ])
  await refused(
    t,
    join(training, 'cut.tar'),
    {},
    'bad-data',
    /cut\.tar\/n01443537\.tar: expected .*it has no bytes/,
  )
  const cut = write(join(t.testdir(), 'cut'), { 'a.tar': sample, 'b.tar': '' })
  await refused(t, cut, {}, 'bad-data', /b\.tar: expected a tar archive, gzipped or not: it has no bytes/)
})

t.test('gzipped archives in an archive', async (t) => {
  const [, one] = await ofClass(tench, 1)
  const [, two] = await ofClass(toucan, 2)
  const padded = Buffer.concat([gzipSync(two), Buffer.alloc(1024)])
  const root = write(t.testdir(), {
    'train.tar': await tar([
      [`${tench}.tar.gz`, gzipSync(one)],
      ['more.tgz', gzipSync(await tar([[`${toucan}.tgz`, padded]]))],
      ['empty.tgz', gzipSync(await tar([]))],
      await ofClass(goldfish, 3),
    ]),
    'cut.tar': await tar([[`${tench}.tgz`, gzipSync(one).subarray(0, -20)], await ofClass(goldfish, 3)]),
  })
  for (const options of [{}, { batchSize: 1 }])
    t.same(await rows(join(root, 'train.tar'), options), [
      [0, 0, 1],
      [1, 96, 2],
      [2, 1, 3],
    ])
  t.same(await rows(join(root, 'train.tar'), { limit: 1 }), [[0, 0, 1]])
  await refused(
    t,
    join(root, 'cut.tar'),
    {},
    'bad-data',
    /cut\.tar\/n01440764\.tgz: .*unexpected end of file/,
  )
})

t.test('a .json of no photograph makes no webdataset', async (t) => {
  const root = write(t.testdir(), {
    'folders.tar': await tar([
      ['classes.json', '{}'],
      [`${toucan}/a.png`, await photograph(1)],
    ]),
    'samples.tar': await tar([
      ['classes.json', '{}'],
      ['1.json', '{"label": 5}'],
      ['1.png', await photograph(1)],
    ]),
  })
  t.same(await rows(join(root, 'folders.tar')), [[0, 96, 1]])
  t.same(await rows(join(root, 'samples.tar')), [[0, 5, 1]])
})

t.test('an archive that is cut off between members has no end', async (t) => {
  const whole = await tar([
    [`${tench}/a.png`, await photograph(1)],
    // zeros are no end where they are a member's
    [`${tench}/b.txt`, Buffer.alloc(512)],
  ])
  const root = join(t.testdir(), 'all')
  for (const missing of [1024, 1024 + 1024]) {
    const place = write(`${root}-${missing}`, { 'a.tar': whole.subarray(0, -missing) })
    await refused(
      t,
      join(place, 'a.tar'),
      {},
      'bad-data',
      /a\.tar: the archive is cut off .*its end is missing/,
    )
  }
  for (const [name, bytes] of [
    ['one.tar', whole.subarray(0, -512)],
    ['padded.tar', Buffer.concat([whole, Buffer.alloc(10240)])],
    ['both.tar', Buffer.concat([whole.subarray(0, -512), whole])],
  ] as const)
    t.equal(
      (await rows(join(write(root, { [name]: bytes }), name))).length,
      name === 'both.tar' ? 2 : 1,
      name,
    )
})

t.test('a sparse photograph in an archive', async (t) => {
  const archive = await tar([
    [`${tench}/a.png`, await photograph(1)],
    [`${tench}/b.png`, await photograph(2)],
  ])
  const header = archive.subarray(archive.length - 2048, archive.length - 1536)
  header.write('S', 156, 'latin1')
  header.fill(' ', 148, 156)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  const file = join(write(t.testdir(), { 'a.tar': archive }), 'a.tar')
  t.same(await rows(file), [[0, 0, 1]])
  t.match(await said(file), [/photographs that are sparse or no ordinary files \(1\) are not read/])
})

t.test('a class beyond the thousand is an error of its photograph', async (t) => {
  const root = write(t.testdir(), {
    'shard.tar': await tar([
      ['1.png', await photograph(1)],
      ['1.cls', '999'],
      ['2.png', await photograph(2)],
      ['2.cls', '1000'],
    ]),
  })
  const [{ label, unreadable }] = await batches(imagenet(join(root, 'shard.tar'), { size }))
  t.same([...label], [999])
  t.match(unreadable, [
    { index: 1, path: 'shard.tar/2.png', reason: /its class is 1000: expected one from 0 to 999/ },
  ])
})

const reads = '/proc/self/io'
const bytesRead = () => Number(/rchar: (\d+)/.exec(readFileSync(reads, 'utf8'))?.[1])

t.test('an archive that is left is not read on', { skip: !existsSync(reads) && reads }, async (t) => {
  // a member of 8 GB, which a hole of the file stands for
  const members = await tar([
    [`${tench}/a.png`, await photograph(1)],
    [`${tench}/b.png`, ''],
  ])
  const header = members.subarray(members.length - 1536, members.length - 1024)
  header.write('77777777777', 124, 'latin1')
  header.fill(' ', 148, 156)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  const file = join(
    write(t.testdir(), { 'huge.tar': members.subarray(0, members.length - 1024) }),
    'huge.tar',
  )
  truncateSync(file, members.length + 2 ** 33)
  const before = bytesRead()
  t.same(await rows(file, { limit: 1 }), [[0, 0, 1]], 'a limit')
  // whoever asks for more waits until what is no photograph has passed, unless he leaves
  const leaving = imagenet(file, { size }).subscribe()
  while (bytesRead() - before < 2 ** 28) await setTimeout(1)
  leaving.unsubscribe()
  await setTimeout(200)
  const left = bytesRead()
  await setTimeout(200)
  t.ok(left - before < 2 ** 32 && bytesRead() - left < 2 ** 20, `${left - before} bytes read`)
})
t.test('names of classes in Parquet files', async (t) => {
  const connection = await (await DuckDBInstance.create()).connect()
  t.teardown(() => connection.closeSync())
  const root = t.testdir()
  const hex = (await photograph(1)).toString('hex').replace(/../g, (byte) => `\\x${byte}`)
  const made = async (folder: string, file: string, names?: readonly string[]) => {
    write(join(root, folder), { 'notes.txt': '' })
    const features = JSON.stringify({ info: { features: { label: { names } } } })
    await connection.run(
      `copy (select {'bytes': '${hex}'::blob, 'path': 'x'} as image, 1 as label) to '${root}/${folder}/${file}' ` +
        `(format parquet${names ? `, kv_metadata {huggingface: '${features}'}` : ''})`,
    )
  }
  for (const [i, [first, second]] of [
    [
      ['cat', 'dog'],
      ['dog', 'cat'],
    ],
    [['cat', 'dog'], undefined],
    [[], ['cat', 'dog']],
  ].entries()) {
    await made(`others${i}`, 'a.parquet', first)
    await made(`others${i}`, 'b.parquet', second)
    await refused(
      t,
      join(root, `others${i}`),
      {},
      'bad-data',
      /b\.parquet: expected the names of classes of .*a\.parquet, .* got /,
    )
  }
  await made('same', 'a.parquet', ['cat', 'dog'])
  await made('same', 'b.parquet', ['cat', 'dog'])
  t.equal((await rows(join(root, 'same'))).length, 2)
  await made('none', 'a.parquet', [])
  await made('none', 'b.parquet')
  t.same((await parseSource(`imagenet:${join(root, 'none')}`).classes?.())?.length, 1000)
  t.equal((await rows(join(root, 'none'))).length, 2)
})

t.test(
  'rows of Parquet files: an error names file and row, a class beyond the thousand is one of its photograph',
  async (t) => {
    const root = t.testdir()
    const connection = await (await DuckDBInstance.create()).connect()
    t.teardown(() => connection.closeSync())
    const hex = (await photograph(1)).toString('hex').replace(/../g, (byte) => `\\x${byte}`)
    const made = async (file: string, rows: string) => {
      await connection.run(`copy (${rows}) to '${root}/${file}'`)
      return join(root, file)
    }
    const image = `{'bytes': '${hex}'::blob, 'path': 'x'} as image`
    const one = (label: string) => `select ${image}, ${label} as label`
    await refused(
      t,
      await made('none.parquet', `${one('1')} where false`),
      {},
      'bad-data',
      /none\.parquet: expected photographs/,
    )
    for (const options of [{}, { classes: [0] }]) {
      await refused(
        t,
        await made('text.parquet', one("'dog'")),
        options,
        'bad-data',
        /text\.parquet: column label/,
      )
    }
    const other = await made('other.parquet', "select 'x' as image, 1 as label")
    await refused(t, other, {}, 'bad-data', /other\.parquet: column image: expected a struct/)
    const beyond = await made(
      'beyond.parquet',
      `${one('5')} union all ${one('5000')} union all ${one('null')}`,
    )
    const [{ label, unreadable }] = await batches(imagenet(beyond, { size }))
    t.same([...label], [5])
    t.match(unreadable, [
      { path: 'beyond.parquet/1', reason: /its class is 5000/ },
      { path: 'beyond.parquet/2', reason: /its label is empty/ },
    ])
    const half = await made(
      'half.parquet',
      ['1', '1.5', '1e12', '-3', '5'].map((label) => one(`${label}::double`)).join(' union all '),
    )
    const wrong = await read(half)
    t.same(
      wrong.rows.map(([at, own]) => [at, own]),
      [
        [0, 1],
        [4, 5],
      ],
    )
    t.same(wrong.unreadable, [
      [1, 'half.parquet/1'],
      [2, 'half.parquet/2'],
      [3, 'half.parquet/3'],
    ])
    t.same(
      (await rows(half, { classes: [5] })).map(([at]) => at),
      [4],
    )
  },
)
