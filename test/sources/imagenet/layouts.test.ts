import t from 'tap'
import { cpSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { imagenet, type ImagenetOptions } from '../../../sources/imagenet.js'
import { CLASSES } from '../../../sources/imagenet/classes.js'
import { imagenetSource } from '../../../sources/imagenetSource.js'
import { parseSource } from '../../../sources/source.js'
import { shared } from '../../shared.js'
import { batches, photograph, refused, rows, seen, size, tar, write } from './photographs.js'

const [tench, goldfish, toucan] = ['n01440764', 'n01443537', 'n01843383']
const LABELS = [0, 1, 96]

t.test('folders by wnid: labels are places in the thousand; suffixes, links, aside', async (t) => {
  const root = write(join(t.testdir(), 'photographs'), {
    [`${goldfish}/b.JPEG`]: await photograph(20),
    [`${goldfish}/a.png`]: await photograph(10),
    [`${tench}/x.Jpg`]: await photograph(30),
    [`${tench}/._x.JPEG`]: 'a Mac’s',
    [`${tench}/Thumbs.db`]: 'a window’s',
    [`${tench}/@eaDir/x.jpg`]: 'a NAS’s',
    [`${tench}/notes.txt`]: 'none',
    [`${toucan}/deeper/z.webp`]: await photograph(40),
    '.hidden/x.png': 'no',
    'elsewhere/y.png': await photograph(50),
  })
  renameSync(join(root, 'elsewhere'), `${root}-elsewhere`)
  symlinkSync(`${root}-elsewhere`, join(root, 'n02085620'))
  symlinkSync(join('..', '..', toucan), join(root, toucan, 'deeper', 'loop'))
  t.same(await rows(root), [
    [0, 0, 30],
    [1, 1, 10],
    [2, 1, 20],
    [3, 96, 40],
    [4, 151, 50],
  ])
  const source = parseSource(`imagenet:${root}`)
  const { dataset, split, hash } = await source.identity()
  t.match([dataset, split], [/^imagenet-[0-9a-f]{12}$/, 'all'])
  t.equal(dataset, `imagenet-${hash}`)
  t.equal(await source.count(), 5)
  const moved = `${root}-moved`
  cpSync(root, moved, { recursive: true, verbatimSymlinks: true })
  t.equal((await imagenetSource(moved).identity()).hash, hash, 'a copy')
  writeFileSync(join(moved, tench, 'x.Jpg'), 'other')
  t.not((await imagenetSource(moved).identity()).hash, hash, 'another size')
})

t.test('splits below a folder, one or several, and as they are named', async (t) => {
  const root = write(join(t.testdir(), 'all'), {
    [`ILSVRC/Data/CLS-LOC/train/${tench}/a.JPEG`]: await photograph(1),
    [`ILSVRC/Data/CLS-LOC/val/${goldfish}/b.JPEG`]: await photograph(2),
    'ILSVRC/Annotations/CLS-LOC/x.xml': '',
  })
  await refused(
    t,
    root,
    {},
    'bad-option',
    /split: expected one of train, val, got none; say which, as in imagenet@split=train:/,
  )
  await refused(t, root, { split: 'tset' }, 'bad-option', /expected one of train, val, got "tset"/)
  t.same(await rows(root, { split: 'val' }), [[0, 1, 2]])
  t.same(await rows(root, { split: 'validation' }), [[0, 1, 2]])
  const inner = join(root, 'ILSVRC/Data/CLS-LOC')
  t.same(await rows(join(inner, 'train')), [[0, 0, 1]])
  const whole = await parseSource(`imagenet@split=val:${root}`).identity()
  t.same(await parseSource(`imagenet:${inner}/val/`).identity(), whole, 'the same by both names')
  t.equal(whole.split, 'val')
  await refused(t, join(inner, 'val'), { split: 'train' }, 'bad-option', /split: it is val, got "train"/)
  const single = write(`${root}-single`, { [`val/${tench}/a.JPEG`]: await photograph(3) })
  t.same(await rows(single), [[0, 0, 3]], 'the only one')
})

t.test(
  'folders that are no wnids are numbered by their names, and photographs in one are of one class',
  async (t) => {
    const root = write(t.testdir(), {
      'Zoo/1.jpg': await photograph(1),
      'Alps/2.JPG': await photograph(2),
      'Berlin/2024/3.jpeg': await photograph(3),
    })
    const warnings: string[] = []
    const listen = ({ message }: Error) => warnings.push(message)
    process.on('warning', listen)
    t.teardown(() => process.off('warning', listen))
    t.same(await rows(root), [
      [0, 0, 2],
      [1, 1, 3],
      [2, 2, 1],
    ])
    t.same(await rows(root, { classes: ['Zoo', 1] }), [
      [1, 1, 3],
      [2, 2, 1],
    ])
    await refused(t, root, { classes: ['Rome'] }, 'bad-option', /of Alps, Berlin, Zoo, got "Rome"/)
    const { dataset, photographs } = await imagenetSource(root).identity()
    t.match(dataset, /^photographs-/)
    t.match(photographs, { labels: 'own' })
    t.same(await rows(join(root, 'Zoo')), [[0, 0, 1]])
    await new Promise((resolve) => setImmediate(resolve))
    t.equal(warnings.length, 2, 'each once')
    t.match(warnings[0], /not named by wnids; classes are numbered by .*: 0 Alps, 1 Berlin, 2 Zoo/)
    t.match(
      warnings[1],
      /Zoo: its photographs \(1\) are in no folders of classes and no list says their classes/,
    )
  },
)

t.test('a flat validation folder and what says its classes', async (t) => {
  const name = (number: number) => `ILSVRC2012_val_${String(number).padStart(8, '0')}`
  const flat = async (root: string, folder = 'val') =>
    write(root, {
      [`${folder}/${name(3)}.JPEG`]: await photograph(3),
      [`${folder}/${name(1)}.JPEG`]: await photograph(1),
      [`${folder}/${name(2)}.jpeg`]: await photograph(2),
    })
  const wnids = [toucan, tench, goldfish]
  const expected = [
    [0, 96, 1],
    [1, 0, 2],
    [2, 1, 3],
  ]
  const numberOf = (wnid: string) => CLASSES.find((each) => each.wnid === wnid)?.number ?? 0
  const forms: Record<string, Record<string, string>> = {
    'the kit’s numbers': {
      'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt': wnids
        .map((wnid) => `${numberOf(wnid)}\n`)
        .join(''),
    },
    'the kit’s numbers, and a list of synsets': {
      'val/ILSVRC2012_validation_ground_truth.txt': '1\n2\n3\n',
      'val/synsets.txt': `${toucan}\n${tench}\n${goldfish}\n`,
    },
    'the kit’s numbers, and a list of synsets with numbers': {
      'ILSVRC2012_validation_ground_truth.txt': '7\r\n2\r\n9\r\n',
      'synsets.csv': `2,${tench}\n9,${goldfish}\n7,${toucan}\n`,
    },
    'names and indices': {
      'val.txt': wnids.map((_, i) => `${name(i + 1)}.JPEG ${LABELS[[2, 0, 1][i]]}\n`).join(''),
    },
    'Kaggle’s': {
      'LOC_val_solution.csv': `ImageId,PredictionString\n${[2, 0, 1].map((i) => `${name(i + 1)},${wnids[i]} 1 2 3 4 \n`).join('')}`,
    },
    'a wnid a line': { 'val/imagenet_2012_validation_synset_labels.txt': wnids.join('\n') },
  }
  for (const [form, files] of Object.entries(forms)) {
    const root = write(await flat(t.testdir()), files)
    t.same(await rows(join(root, 'val')), expected, form)
    t.equal(await imagenetSource(root).count(), 3)
  }
  const bare = await flat(t.testdir())
  await refused(t, bare, {}, 'bad-data', /val: validation images need their classes; looked .* found none/)
  write(bare, { 'val.txt': `${name(1)}.JPEG 5\n` })
  await refused(t, bare, {}, 'bad-data', /val\.txt: it says no class for ILSVRC2012_val_00000002\.jpeg/)
  write(bare, { 'val.txt': [1, 2, 3].map((i) => `${name(i)}.JPEG 1000\n`).join('') })
  await refused(
    t,
    bare,
    {},
    'bad-data',
    /val\.txt, line 1: expected a wnid or an index from 0 to 999 beside the name, got 1000/,
  )

  const packed = write(t.testdir(), forms['the kit’s numbers'])
  writeFileSync(
    join(packed, 'ILSVRC2012_img_val.tar'),
    await tar([
      [`${name(2)}.JPEG`, await photograph(2)],
      [`${name(3)}.JPEG`, await photograph(3)],
    ]),
  )
  t.same(
    await rows(packed),
    [
      [0, 0, 2],
      [1, 1, 3],
    ],
    'the archive of a part',
  )
})

t.test('archives: of archives, of a class, of folders, of samples, gzipped', async (t) => {
  const root = t.testdir()
  const inner = (colours: readonly number[], wnid: string) =>
    Promise.all(
      colours.map(async (colour) => [`${wnid}_${colour}.JPEG`, await photograph(colour)] as const),
    ).then(tar)
  const [first, second] = [await inner([1, 2], toucan), await inner([3], tench)]
  const expected = [
    [0, 96, 1],
    [1, 96, 2],
    [2, 0, 3],
  ]
  const nested = await tar([
    [`${toucan}.tar`, first],
    [`${tench}.tar`, second],
  ])
  write(root, {
    'a/ILSVRC2012_img_train.tar': nested,
    'a/ILSVRC2012_devkit_t12.tar.gz': 'none',
    'b/train.tgz': gzipSync(nested),
    [`c/${toucan}.tar`]: first,
    'd/folders.tar': await tar([
      ['./', ''],
      [`./train/${toucan}/x.JPEG`, await photograph(1)],
      [`./train/${toucan}/._x.JPEG`, 'a Mac’s'],
      [`./train/${toucan}/y.JPEG`, await photograph(2)],
      [`./train/${tench}/x.JPEG`, await photograph(3)],
    ]),
    'e/shard-000000.tar': await tar([
      ['s/1.jpg', await photograph(1)],
      ['s/1.cls', '96'],
      ['s/1.json', '{"text": "none"}'],
      ['s/2.json', '{"label": 96}'],
      ['s/2.seg.png', await photograph(2)],
    ]),
    'e/shard-000001.tar': await tar([
      ['3.cls', '0\n'],
      ['3.png', await photograph(3)],
      ['4.png', await photograph(4)],
    ]),
    'f/train-000000.tar': await tar([['1.cls', '5']]),
  })
  for (const path of ['a', 'a/ILSVRC2012_img_train.tar', 'b', 'd', 'd/folders.tar'])
    t.same(await rows(join(root, path)), expected, path)
  t.same(await rows(join(root, 'c')), expected.slice(0, 2))
  t.equal((await imagenetSource(join(root, 'a')).identity()).split, 'train')
  t.equal(await imagenetSource(join(root, 'a')).count(), undefined)
  for (const path of ['e', 'e/shard-{000000..000001}.tar', 'e/*.tar']) {
    const { rows, unreadable } = await seen(imagenet(join(root, path), { size }))
    t.same(rows, expected, path)
    t.same(unreadable, [[3, 'shard-000001.tar/4.png']], 'without a class')
  }
  t.same(
    await rows(join(root, 'a'), { classes: ['tench'] }),
    [[2, 0, 3]],
    'a position is that among all, whatever is chosen',
  )
  await refused(t, join(root, 'e/shard-{0..1}.tar'), {}, 'bad-option', /shard-0\.tar is none/)
  const { path, reason } = (await batches(imagenet(join(root, 'e'), { size })))[0].unreadable?.[0] ?? {}
  t.match([path, reason], ['shard-000001.tar/4.png', /no class: expected a whole number .* \.cls/])
})

t.test('what is none says what was looked for and found', async (t) => {
  const root = write(t.testdir(), {
    'a.txt': '',
    'pages/b.html': '',
    'x.jpg.part': '',
    'one.tar': 'no tar at all',
  })
  await refused(
    t,
    join(root, 'pages'),
    {},
    'bad-option',
    /expected folders of classes .*found others \(1\): b\.html/,
  )
  await refused(t, join(root, 'none'), {}, 'bad-option', /none cannot be read: it is not there/)
  await refused(t, join(root, 'none*'), {}, 'bad-option', /finds no file/)
  await refused(t, join(root, 'one.tar'), {}, 'bad-data', /one\.tar: expected a tar archive, gzipped or not/)
  mkdirSync(join(root, 'empty'))
  await refused(t, join(root, 'empty'), {}, 'bad-option', /found nothing/)
})

const mini = shared('imagenet-sample-mini')
t.test('ImageNet in all layouts: the same pixels and labels', { skip: mini.skip }, async (t) => {
  const layouts = [
    'ILSVRC2012_img_train.mini.tar',
    'imagenet-mini-{000000..000001}.tar',
    'train-00000-of-00001.parquet',
    'train-plain.parquet',
  ]
  const of = async (path: string, options: ImagenetOptions = {}) => {
    const all = await batches(imagenet(path, { size: 64, batchSize: 7, ...options }))
    return all
      .flatMap(({ label, pixels }) =>
        [...label].map((k, row) => ({
          k,
          pixels: Buffer.from(pixels.slice(row * 12288, (row + 1) * 12288).buffer),
        })),
      )
      .sort((a, b) => a.k - b.k)
  }
  const first = await of(`${mini.path}/${layouts[0]}`)
  t.equal(first.length, 20)
  const whole = shared('imagenet-sample').path
  const sets = [
    ...layouts.slice(1).map((layout) => of(`${mini.path}/${layout}`)),
    of(whole, { classes: first.map(({ k }) => k) }),
  ]
  for (const other of await Promise.all(sets))
    t.ok(
      other.every(({ k, pixels }, i) => k === first[i].k && pixels.equals(first[i].pixels)) &&
        other.length === 20,
    )
  for (const layout of layouts.slice(2)) {
    const source = imagenetSource(`${mini.path}/${layout}`, { classes: [0, 985] })
    t.equal(await source.count(), 2)
    t.same(
      (await seen(source.open({ skip: 1 }))).rows.map(([index, label]) => [index, label]),
      [[19, 0]],
    )
  }
})
