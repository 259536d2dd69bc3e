import { join } from 'node:path'
import {
  Bool,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  List,
  Struct,
  Table,
  Uint8,
  Utf8,
  vectorFromArray,
  type Vector,
} from 'apache-arrow'
import t from 'tap'
import { ParquetWriter } from '../../sinks/parquet.js'
import { openFile } from '../../sources/openFile.js'
import { columnsWithNaN } from '../../sources/parquetNaN.js'
import { readFooter } from '../../sources/parquetFooter.js'

/** What the footer says of columns that are written, some rows to a group. */
async function described(path: string, columns: Readonly<Record<string, Vector>>, rowGroupSize = 1000) {
  const writer = new ParquetWriter(path, { rowGroupSize })
  for (const batch of new Table(columns).batches) await writer.write(batch)
  await writer.close()
  const file = await openFile(path)
  const found = (await readFooter(file)).described()
  const withNaN = await columnsWithNaN(
    file,
    found.filter(({ bounds }) => bounds?.type.startsWith('float')).map(({ name }) => name),
  )
  await file.close()
  return { columns: new Map(found.map((column) => [column.name, column])), withNaN }
}

t.test('types, nulls and bounds of columns over all row groups', async (t) => {
  const { columns, withNaN } = await described(
    join(t.testdir(), 'a.parquet'),
    {
      i: vectorFromArray([3, -5, null, 9], new Int32()),
      n: vectorFromArray([1n, 2n ** 62n, null, null], new Int64()),
      x: vectorFromArray([NaN, 0.5, -0, Infinity], new Float64()),
      y: vectorFromArray([1.5, 0.1, 2, 0], new Float32()),
      // in the order of JavaScript the last comes before the one before it
      s: vectorFromArray(['\ufeffb', 'ä', '\uffff', '\u{1f642}'], new Utf8()),
      b: vectorFromArray([true, true, false, null], new Bool()),
      none: vectorFromArray([null, null, null, null], new Int32()),
      u: vectorFromArray([1, 2, 3, 4], new Uint8()),
      list: vectorFromArray([[1], [2, 3], null, []], new List(new Field('element', new Float32(), true))),
      struct: vectorFromArray(
        [{ a: 1 }, { a: 2 }, { a: 3 }, { a: 4 }],
        new Struct([new Field('a', new Int32(), true)]),
      ),
    },
    2,
  )
  const said = (name: string) => {
    const { type, nulls, bounds } = columns.get(name) ?? {}
    return [type, nulls, bounds?.least, bounds?.most]
  }
  t.same(said('i'), ['int32', 1, -5n, 9n])
  t.same(said('n'), ['int64', 2, 1n, 2n ** 62n], 'a group without values has nothing to say')
  t.same(said('x'), ['float64', 0, -0, Infinity])
  t.ok(Object.is(columns.get('x')?.bounds?.least, -0))
  t.same(said('y'), ['float32', 0, -0, 2])
  t.same(said('s'), ['utf8', 0, 'ä', '\u{1f642}'], 'a byte order mark at the start is part of the text')
  t.same(said('b'), ['bool', 1, false, true])
  t.same(said('none'), ['int32', 4, undefined, undefined])
  t.same(said('list'), ['list<float32>', undefined, undefined, undefined])
  t.same([said('u')[0], said('struct')[0]], [undefined, undefined])
  t.same([...withNaN], ['x'])
})

t.test('long texts have bounds that all of them keep', async (t) => {
  const long = 'z'.repeat(200)
  const { columns } = await described(join(t.testdir(), 'a.parquet'), {
    s: vectorFromArray([long, `${long}y`, `a${long}`], new Utf8()),
    e: vectorFromArray(['🙂'.repeat(90), 'ü'.repeat(300), 'b'], new Utf8()),
  })
  for (const [name, values] of [
    ['s', [long, `a${long}`]],
    ['e', ['🙂'.repeat(90), 'b']],
  ] as const) {
    const { least, most } = columns.get(name)?.bounds ?? {}
    const [from, to] = [least, most].map((text) => Buffer.from(String(text)))
    t.ok(from.length <= 64 * 4 && to.length <= 65 * 4)
    for (const value of values) {
      t.ok(Buffer.compare(from, Buffer.from(value)) <= 0, `${String(least)} is not above`)
      t.ok(Buffer.compare(Buffer.from(value), to) <= 0, `${String(most)} is not below`)
    }
  }
})

t.test('field ids of columns and of the values in their lists', async (t) => {
  const id = (n: number) => new Map([['PARQUET:field_id', String(n)]])
  const list = new List(new Field('element', new Float32(), false, id(1007)))
  const v = vectorFromArray([[1], [2]], list)
  const { columns } = await described(join(t.testdir(), 'a.parquet'), { v })
  t.match(columns.get('v'), { elementId: 1007, elementRequired: true, id: undefined, required: false })
})
