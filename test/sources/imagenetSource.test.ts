import t from 'tap'
import { join } from 'node:path'
import { imagenet, type ImagenetOptions } from '../../sources/imagenet.js'
import { CLASSES } from '../../sources/imagenet/classes.js'
import { imagenetSource } from '../../sources/imagenetSource.js'
import { parseSource } from '../../sources/source.js'
import { batches, photograph, write } from './imagenet/photographs.js'

t.test('options are looked at before anything is read', (t) => {
  const wrong: [ImagenetOptions, RegExp][] = [
    [{ batchSize: 0 }, /batchSize: expected a whole number from 1, got 0/],
    [{ limit: 1.5 }, /limit: .*got 1\.5/],
    [{ skip: -1 }, /skip: .*got -1/],
    [{ shuffle: NaN }, /shuffle: .*its seed, got NaN/],
    [{ shard: { index: 2, of: 2 } }, /shard\.index: expected a whole number from 0 to 1, got 2/],
    [{ shard: { index: 0, of: 0 } }, /shard\.of: .*got 0/],
    [{ classes: [] }, /classes: expected a list of classes, got \[\]/],
    [{ classes: ['dog', -1] }, /classes: expected wnids, names or whole numbers from 0, got -1/],
    [{ size: 0 }, /size: .*got 0/],
    [{ size: 4000 }, /size or crop: .*got 4571/],
    [{ crop: { policy: 'shorter-side', resize: 1e6 } }, /crop: .*got 1000000/],
    [{ resize: 'nearest' as 'sharp' }, /resize: expected pillow or sharp, got "nearest"/],
    [{ exif: 'yes' as unknown as boolean }, /exif: expected true or false, got "yes"/],
    [{ mostPixels: 0 }, /mostPixels: .*got 0/],
    [{ split: '' }, /split: expected a name, got ""/],
  ]
  for (const [options, message] of wrong)
    t.throws(() => imagenet('nowhere', options), { code: 'bad-option', message })
  t.end()
})

t.test('texts: options between @ and the first colon', async (t) => {
  const root = write(join(t.testdir(), 'at:home'), {
    'n01440764/a.JPEG': await photograph(1),
    'n02085620/b.JPEG': await photograph(2),
    'n02085782/c.JPEG': await photograph(3),
  })
  const all =
    'exif,resize=sharp,split=test,classes=tench+dog,shard=0/2,size=16x24,crop=32,mostPixels=1000,dataset=x'
  const source = parseSource(`imagenet@${all}:${root}`)
  const { hash, ...identity } = await source.identity()
  t.match(hash, /^[0-9a-f]{12}$/)
  t.same(identity, {
    dataset: 'x',
    split: 'test',
    photographs: {
      framing: '16x24, shorter-side 32',
      exif: true,
      resize: 'sharp',
      mostPixels: 1000,
      classes: 'tench+dog',
      shard: '0/2',
    },
  })
  t.equal(source.describe, `imagenet@${all}:${root}`)
  t.equal(await source.count(), 2)
  const [batch] = await batches(source.open())
  t.same(
    [batch.dataset, batch.split, [...batch.index], [...batch.label], [...batch.shape]],
    ['x', 'test', [0, 2], [0, 152], [16, 24, 3]],
  )
  t.same(
    imagenetSource(root, {
      shard: { index: 1, of: 3 },
      crop: { policy: 'exact', resize: [8, 9] },
      size: 8,
      exif: true,
    }).describe,
    `imagenet@shard=1/3,size=8,crop=8x9,exif:${root}`,
  )
  t.same(
    await source.classes?.(),
    CLASSES.map(({ name }) => name),
  )
  for (const [text, says] of [
    ['colour', /"colour": expected an option: split=val, .*mostPixels=/],
    ['exif=1', /"exif=1": expected exif/],
    ['shard=1', /"shard=1": expected shard=0\/4/],
    ['size=big', /expected size=227/],
    ['shard=4/4', /shard\.index: .* 0 to 3, got 4/],
    ['classes=', /classes: expected wnids, names or whole numbers from 0, got ""/],
    ['', /"": expected an option/],
  ] as const)
    t.throws(() => parseSource(`imagenet@${text}:${root}`), { code: 'bad-option', message: says })
  for (const text of ['imagenet', 'imagenet:', 'imagenet@exif'])
    t.throws(() => parseSource(text), {
      code: 'bad-option',
      message: /expected one of mnist:train, .*imagenet:PATH/,
    })
  await t.rejects(parseSource(`imagenet@classes=dgo:${root}`).count(), {
    code: 'bad-option',
    message: /classes: .*got "dgo"/,
  })
})

t.test('photographs are framed as the caller says, or as who opens the source does', async (t) => {
  const root = write(t.testdir(), { 'n01440764/a.JPEG': await photograph(1) })
  const framing = { size: [10, 12], crop: { policy: 'center' } } as const
  const cases: [ImagenetOptions, string, string][] = [
    [{}, '10x12, center', '224x224, shorter-side 256'],
    [{ size: 14 }, '14x14, shorter-side 16', '14x14, shorter-side 16'],
    [{ crop: { policy: 'shorter-side', resize: 20 } }, '10x12, shorter-side 20', '224x224, shorter-side 20'],
  ]
  for (const [options, opened, usual] of cases) {
    const source = imagenetSource(root, options)
    t.match((await source.identity({ framing })).photographs, { framing: opened })
    t.match((await source.identity()).photographs, { framing: usual })
    const [batch] = await batches(source.open({ framing }))
    t.equal(batch.shape.slice(0, 2).join('x'), opened.split(',')[0])
  }
})
