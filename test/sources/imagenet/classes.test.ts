import { readFileSync } from 'node:fs'
import t from 'tap'
import { CLASSES, classIndexOf, SUPERCLASS_OF, SUPERCLASSES } from '../../../sources/imagenet/classes.js'
import { classesNamed } from '../../../sources/imagenet/classesNamed.js'
import { shared } from '../../shared.js'

const membersOf = (superclass: string) =>
  CLASSES.filter((one) => one.superclass === superclass).map(({ name }) => name)

t.test('the thousand classes: sorted wnids, each with its number and one superclass', (t) => {
  const wnids = CLASSES.map(({ wnid }) => wnid)
  t.same([...new Set(wnids)].sort(), wnids)
  t.ok(wnids.every((wnid) => /^n\d{8}$/.test(wnid)))
  const numbers = CLASSES.map(({ number }) => number).sort((a, b) => a - b)
  t.same(
    numbers,
    Array.from({ length: 1000 }, (_, i) => i + 1),
  )
  const sizes = SUPERCLASSES.map(({ name }) => membersOf(name).length)
  t.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    1000,
  )
  t.ok(sizes.every((size) => size >= 2 && size <= 118))
  t.ok(SUPERCLASSES.every(({ wnid }) => /^n\d{8}$/.test(wnid)))
  t.same(
    [...SUPERCLASS_OF].map((group) => SUPERCLASSES[group].name),
    CLASSES.map(({ superclass }) => superclass),
  )
  t.ok(
    SUPERCLASSES.every(
      ({ of }, i) => of === undefined || SUPERCLASSES.findIndex((one) => one.name === of) > i,
    ),
    'a superclass is before the one that it is of',
  )
  t.end()
})

t.test('known classes: of WordNet, of the development kit and of its first ten validation images', (t) => {
  t.equal(membersOf('dog').length, 118)
  t.equal(membersOf('bird').length, 59)
  t.same(membersOf('bear'), ['brown bear', 'American black bear', 'ice bear', 'sloth bear'])
  t.same(membersOf('flower'), ['daisy', "yellow lady's slipper"])
  t.same(CLASSES[65], { wnid: 'n01751748', name: 'sea snake', superclass: 'snake', number: 490 })
  t.same(classIndexOf('n02119789'), 278)
  t.match(CLASSES[278], { name: 'kit fox', superclass: 'canine', number: 1 })
  t.equal(classIndexOf('n00000000'), undefined)
  // what the development kit says of ILSVRC2012_val_00000001 to 10, and their labels as they are often printed
  const numbers = [490, 361, 171, 822, 297, 482, 13, 704, 599, 164]
  t.same(
    numbers.map((number) => CLASSES.findIndex((one) => one.number === number)),
    [65, 970, 230, 809, 516, 57, 334, 415, 674, 332],
  )
  t.end()
})

const LABELS = shared('imagenet-sample/labels.json')
t.test('the classes are those of a list of others', LABELS, (t) => {
  const labels = JSON.parse(readFileSync(LABELS.path, 'utf8')) as { wnid: string; name: string }[]
  t.same(
    CLASSES.map(({ wnid, name }) => ({ wnid, name })),
    labels.map(({ wnid, name }) => ({ wnid, name })),
  )
  t.end()
})

t.test('words name classes: by wnid, index, name and superclass', (t) => {
  t.same(classesNamed('classes', ['Sea_Snake', '7', 'n01440764', 'tench', ' 007 ']), [0, 7, 65])
  t.same(classesNamed('classes', ['big cat']), [288, 289, 290, 291, 292, 293])
  t.equal(classesNamed('classes', ['n02084071']).length, 118)
  // with those below it: 118 dogs and 12 others; 218 mammals, 337 vertebrates in all by WordNet
  t.equal(classesNamed('classes', ['canine']).length, 130)
  t.equal(classesNamed('classes', ['mammal']).length, 218)
  t.equal(classesNamed('classes', ['mammal', 'bird', 'reptile', 'n01627424', 'fish']).length, 337)
  t.equal(classesNamed('classes', ['dog', 'Chihuahua']).length, 118, 'each once')
  t.end()
})

t.test('a word that names nothing is an error that suggests names', (t) => {
  const wrong = (words: readonly string[], message: RegExp) =>
    t.throws(() => classesNamed('classes', words), { code: 'bad-option', message })
  wrong(['tenchh'], /^classes: expected a wnid, an index from 0 to 999.*got "tenchh"; near it are tench/)
  wrong(['seasnake'], /near it are sea snake/)
  wrong(['panda'], /giant panda/)
  wrong(['dog', 'retreiver'], /got "retreiver"; near it are .*retriever/)
  wrong(['zzzz'], /got "zzzz"$/)
  wrong(['1000'], /index from 0 to 999.*got "1000"$/)
  wrong(['-1'], /got "-1"$/)
  wrong(['n99999999'], /got "n99999999"$/)
  wrong(
    ['crane'],
    /"crane" is the name of several; expected one of n02012849 \(bird\), n03126707 \(device\)$/,
  )
  wrong(['Maillot'], /n03710637 \(clothing\), n03710721 \(clothing\)$/)
  wrong(['amphibian'], /n01627424 \(superclass\), n02704792 \(vehicle\)$/)
  wrong([''], /got ""$/)
  wrong([], /classes: expected names of classes, got none/)
  t.end()
})
