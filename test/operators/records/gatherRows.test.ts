import {
  Int64,
  List,
  Field,
  Utf8,
  Struct,
  RecordBatch,
  Schema,
  makeData,
  vectorFromArray,
  Dictionary,
  Int32,
} from 'apache-arrow'
import t from 'tap'
import { gatherRows } from '../../../operators/records/gatherRows.js'
import { TABLES } from '../../../operators/records/tables.js'
import { bytesOf, examplesOf, ranksOf, scoresOf } from '../../sinks/records.js'

/** Rows as Arrow has them, which is by cell. */
const cells = (batch: RecordBatch, rows: readonly number[]) =>
  rows.map((row) =>
    batch.schema.fields.map(({ name }) => {
      const value: unknown = batch.getChild(name)?.get(row)
      return ArrayBuffer.isView(value) || typeof value !== 'object' || value === null
        ? value
        : [...(value as Iterable<unknown>)]
    }),
  )
const all = (batch: RecordBatch) => cells(batch, [...Array(batch.numRows).keys()])

t.test('rows of every type of column come in the order that is asked for, also of a slice', (t) => {
  const batches = [
    TABLES.examples.toArrow(examplesOf(20)),
    TABLES.scores.toArrow(scoresOf(20)),
    TABLES.ranks.toArrow(ranksOf(7)),
  ]
  for (const whole of batches)
    for (const batch of [whole, whole.slice(3, 17)]) {
      const some = [9, 0, 1, 1, 13, 5, 12, 2]
      const taken = gatherRows(batch, Int32Array.from(some))
      t.strictSame(all(taken), cells(batch, some))
      t.equal(String(taken.schema), String(batch.schema))
    }
  const examples = TABLES.examples.toArrow(examplesOf(20))
  const [back] = TABLES.examples.fromArrow(
    gatherRows(gatherRows(examples, Int32Array.of(4, 3, 2, 1, 0)), Int32Array.of(4, 3, 2, 1, 0)),
  )
  t.same(bytesOf(back), bytesOf(TABLES.examples.fromArrow(examples.slice(0, 5))[0]), 'bit for bit')
  t.equal(gatherRows(examples, new Int32Array(0)).numRows, 0)
  const whole = TABLES.examples.toArrow({ ...examplesOf(20), l2: new Float64Array(20) })
  const memory = (batch: RecordBatch) => (batch.getChild('l2')?.toArray() as Float64Array).buffer
  t.equal(memory(gatherRows(whole, Int32Array.of(3, 4, 5))), memory(whole), 'a stretch is a view')
  t.end()
})

t.test('lists with nulls in them, and texts of any length', (t) => {
  const lists = vectorFromArray(
    [['a', null], null, [], ['é€😀', 'b', '']],
    new List(new Field('element', new Utf8(), true)),
  )
  const longs = vectorFromArray([2n ** 60n, null, -5n, 0n], new Int64())
  const fields = [new Field('lists', lists.type, true), new Field('longs', longs.type, true)]
  const batch = new RecordBatch(
    new Schema(fields),
    makeData({ type: new Struct(fields), length: 4, nullCount: 0, children: [lists.data[0], longs.data[0]] }),
  )
  t.strictSame(all(gatherRows(batch, Int32Array.of(3, 1, 0, 2, 3))), cells(batch, [3, 1, 0, 2, 3]))
  t.end()
})

t.test('what cannot be picked is said, and taken in stretches', (t) => {
  const codes = vectorFromArray(['a', 'b', 'a'], new Dictionary(new Utf8(), new Int32()))
  const fields = [new Field('code', codes.type, true)]
  const batch = new RecordBatch(
    new Schema(fields),
    makeData({ type: new Struct(fields), length: 3, nullCount: 0, children: [codes.data[0]] }),
  )
  t.throws(() => gatherRows(batch, Int32Array.of(2, 0)), {
    code: 'bad-data',
    message: /column code.*Dictionary/,
  })
  t.same(all(gatherRows(batch, Int32Array.of(1, 2))), [['b'], ['a']])
  t.end()
})
