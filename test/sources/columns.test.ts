import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import {
  Bool,
  DataType,
  DateMillisecond,
  Decimal,
  Dictionary,
  DurationSecond,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int32,
  Int64,
  Int8,
  IntervalYearMonth,
  LargeUtf8,
  List,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimeSecond,
  TimestampNanosecond,
  Uint64,
  Utf8,
  makeData,
  makeVector,
  vectorFromArray,
  type Data,
  type Vector,
} from 'apache-arrow'
import t from 'tap'
import { realOf, textOf, wholeOf, type Numeric } from '../../operators/records/numeric.js'
import { flagsOf, integersOf, longsOf, numbersOf, textsOf } from '../../operators/records/rows.js'
import { ParquetWriter } from '../../sinks/parquet.js'
import { readArrow } from '../../sources/arrow.js'
import { readCases } from '../../sources/cases.js'
import { readDirections } from '../../sources/directions.js'
import { readParquet } from '../../sources/parquet.js'
import { readScores } from '../../sources/records.js'
import { collect } from '../sinks/records.js'

const LIST_VIEW =
  '/////6AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAEAAAA1P///wAAARkUAAAAHAAAAAQAAAABAAAAJAAAAAEAAAB2AAAABAAEAAQAAAAQABQACAAGAAcADAAAABAAEAAAAAAAAQMQAAAAHAAAAAQAAAAAAAAABAAAAGl0ZW0AAAYACAAGAAYAAAAAAAEA/////8gAAAAUAAAAAAAAAAwAFgAGAAUACAAMAAwAAAAAAwQAGAAAADgAAAAAAAAAAAAKABgADAAEAAgACgAAAGwAAAAQAAAAAwAAAAAAAAAAAAAABQAAAAAAAAAAAAAAAQAAAAAAAAAIAAAAAAAAAAwAAAAAAAAAGAAAAAAAAAAMAAAAAAAAACgAAAAAAAAAAAAAAAAAAAAoAAAAAAAAAAwAAAAAAAAAAAAAAAIAAAADAAAAAAAAAAEAAAAAAAAAAwAAAAAAAAAAAAAAAAAAAAMAAAAAAAAAAAAAAAEAAAADAAAAAAAAAAEAAAACAAAAAAAAAAAAAAAAAEBAAACAQAAAoEAAAAAA/////wAAAAA='

const folder = t.testdir()
const connection = await (await DuckDBInstance.create()).connect()
t.teardown(() => connection.closeSync())

const batchOf = (columns: Readonly<Record<string, Vector>>) => {
  const data = Object.values(columns).map((column): Data => column.data[0] as Data)
  const schema = new Schema(Object.entries(columns).map(([name, { type }]) => new Field(name, type, true)))
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: data[0].length, nullCount: 0, children: data }),
  )
}

/** Decimals from their unscaled values. */
const decimals = (bits: number, scale: number, ...unscaled: bigint[]) => {
  const type = new Decimal(scale, Math.floor(bits * 0.3), bits)
  const words = unscaled.flatMap((value) =>
    Array.from({ length: bits / 32 }, (_, i) =>
      Number((BigInt.asUintN(bits, value) >> BigInt(32 * i)) & 0xffffffffn),
    ),
  )
  return makeVector(makeData({ type, length: unscaled.length, nullCount: 0, data: Uint32Array.from(words) }))
}
const raw = <T extends DataType>(type: T, data: unknown) =>
  makeVector(makeData({ type, length: 1, nullCount: 0, data } as never)) as unknown as Vector<T>
const coded = (values: Vector) =>
  makeVector(
    makeData({
      type: new Dictionary(values.type, new Int8()),
      length: 1,
      nullCount: 0,
      data: Int8Array.of(values.length - 1),
      dictionary: values,
    }),
  )

/** One value of each type, what it is as a whole number and as a double, and what an error says of it. */
const VALUES: readonly (readonly [string, Vector, (number | undefined)?, number?])[] = [
  ['int8', raw(new Int8(), Int8Array.of(3)), 3, 3],
  ['int64', raw(new Int64(), BigInt64Array.of(3n)), 3, 3],
  ['int64 of 2^53 + 1', raw(new Int64(), BigInt64Array.of(2n ** 53n + 1n))],
  ['int64 of 2^60', raw(new Int64(), BigInt64Array.of(2n ** 60n)), undefined, 2 ** 60],
  ['uint64 of 2^63 + 1', raw(new Uint64(), BigUint64Array.of(2n ** 63n + 1n))],
  ['half', raw(new Float16(), Uint16Array.of(0x4200)), 3, 3],
  ['half, the least', raw(new Float16(), Uint16Array.of(1)), undefined, 2 ** -24],
  ['float', raw(new Float32(), Float32Array.of(3)), 3, 3],
  ['double', raw(new Float64(), Float64Array.of(3.5)), undefined, 3.5],
  ['NaN', raw(new Float64(), Float64Array.of(NaN)), undefined, NaN],
  ['Infinity', raw(new Float64(), Float64Array.of(Infinity)), undefined, Infinity],
  ['decimal 3.0', decimals(128, 1, 30n), 3, 3],
  ['decimal 3.5', decimals(128, 1, 35n), undefined, 3.5],
  ['decimal −3.0', decimals(128, 1, -30n), -3, -3],
  ['decimal of 32 bits', decimals(32, 1, 30n), 3, 3],
  ['decimal of 64 bits', decimals(64, 1, -35n), undefined, -3.5],
  ['decimal of 256 bits', decimals(256, 1, 30n), 3, 3],
  ['decimal of 256 bits, long', decimals(256, 1, 1_234_567_890_123_456_789_012_345n)],
  ['decimal of negative scale', decimals(128, -2, 3n), 300, 300],
  ['decimal of 0.1', decimals(128, 2, 10n), undefined, 0.1],
  ['decimal of 20 digits', decimals(128, 20, 12_345_678_901_234_567_891n)],
  ['dictionary of int32', coded(vectorFromArray([7, 3], new Int32())), 3, 3],
  ['dictionary of decimals', coded(decimals(256, 1, 70n, 30n)), 3, 3],
]

/** Types that are no numbers. */
const OTHERS: readonly (readonly [string, Vector])[] = [
  ['Bool', vectorFromArray([true], new Bool())],
  ['Timestamp', raw(new TimestampNanosecond(), BigInt64Array.of(3n))],
  ['Date64', raw(new DateMillisecond(), BigInt64Array.of(3n))],
  ['Time32', raw(new TimeSecond(), Int32Array.of(3))],
  ['Duration', raw(new DurationSecond(), BigInt64Array.of(3n))],
  ['Interval', raw(new IntervalYearMonth(), Int32Array.of(3))],
  ['Struct', vectorFromArray([{ a: 3 }])],
  ['List', vectorFromArray([[3]], new List(new Field('element', new Int32())))],
]

t.test('numbers of every type are read exactly or refused by name', (t) => {
  for (const [name, column, whole, real] of VALUES) {
    const batch = batchOf({ v: column })
    const inexact = { code: 'bad-data', message: /column v, row 0: expected .*, got / }
    if (whole === undefined) {
      t.throws(() => integersOf(batch, 'v'), inexact, name)
      t.throws(() => longsOf(batch, 'v'), inexact, name)
    } else t.same([[...integersOf(batch, 'v')], longsOf(batch, 'v')], [[whole], [whole]], name)
    if (real === undefined) t.throws(() => numbersOf(batch, 'v'), inexact, name)
    else t.same([...numbersOf(batch, 'v')], [real], name)
  }
  const texts = vectorFromArray(['3'], new Utf8())
  for (const [type, column] of [...OTHERS, ['Utf8', texts] as const]) {
    const batch = batchOf({ v: column })
    for (const read of [integersOf, longsOf, numbersOf])
      t.throws(
        () => read(batch, 'v'),
        { code: 'bad-data', message: `column v: expected numbers, got ${type}` },
        type,
      )
  }
  const integers = batchOf({ i: vectorFromArray([null, 3], new Int32()) })
  t.same([...integersOf(integers, 'i', -1)], [-1, 3])
  t.same([...numbersOf(integers, 'i')], [NaN, 3])
  for (const read of [integersOf, longsOf]) t.throws(() => read(integers, 'i'), /column i, row 0.*got null/)
  t.throws(() => flagsOf(integers, 'i'), /column i, row 0: expected true or false, got null/)
  t.throws(() => flagsOf(integers, 'i', 0), /column i, row 1: expected true or false, got 3/)
  const flag = batchOf({ b: vectorFromArray([true, null], new Bool()) })
  t.same([...flagsOf(flag, 'b', -1)], [1, -1])
  t.throws(() => flagsOf(flag, 'b'), /column b, row 1: expected true or false, got null/)
  const words = batchOf({ s: vectorFromArray(['a', null], new LargeUtf8()) })
  t.throws(() => textsOf(words, 's'), /column s, row 1: expected text, got null/)
  const twice = new Schema([new Field('v', new Int32()), new Field('v', new Int32())])
  const children = [1, 2].map((n) =>
    makeData({ type: new Int32(), length: 1, data: Int32Array.of(n) }),
  ) as Data[]
  const same = new RecordBatch(twice, makeData({ type: new Struct(twice.fields), length: 1, children }))
  t.throws(() => integersOf(same, 'v'), /several columns v/)
  const shown: readonly Numeric[] = [{ unscaled: -5n, scale: 2 }, { unscaled: 3n, scale: -2 }, 2n ** 70n]
  t.same(shown.map(textOf), ['-0.05', '300', String(2n ** 70n)])
  t.same(shown.map(realOf), [-0.05, 300, 2 ** 70])
  t.same(shown.map(wholeOf), [undefined, 300, undefined])
  t.end()
})

t.test('--cases: Parquet', async (t) => {
  const file = join(folder, 'cases.parquet')
  const cases = async (index: string) => {
    await connection.run(`copy (select ${index} as "index", 1::UTINYINT as target) to '${file}'`)
    const [{ place, ...one }] = await readCases(file)
    t.equal(place, `${file}, row 1`)
    return one
  }
  const three = { index: 3, target: 1 }
  for (const value of [
    ...[
      '3.0::DECIMAL(3,1)',
      '3::DECIMAL(18,0)',
      '3::DECIMAL(38,20)',
      '3::BIGINT',
      '3::UBIGINT',
      '3::HUGEINT',
    ],
    ...['3::FLOAT', '3::DOUBLE', "'3'", "' 3'", "'3.0'", "'3'::ENUM('3', '4')"],
  ])
    t.same(await cases(value), three, value)
  for (const value of [
    ...[
      '3.5::DECIMAL(3,1)',
      '-3.0::DECIMAL(3,1)',
      '9007199254740993::BIGINT',
      '3.5::DOUBLE',
      "'nan'::DOUBLE",
    ],
    ...["'inf'::DOUBLE", "'0x3'", "'1e1'", "'3 4'", "''", "'3,0'", 'NULL::INTEGER', 'NULL::VARCHAR'],
  ])
    await t.rejects(
      cases(value),
      { code: 'bad-data', message: /cases\.parquet, row 1: index: expected a whole number/ },
      value,
    )
  for (const value of [
    ...[
      'true',
      "DATE '1970-01-04'",
      "TIME '00:00:03'",
      "TIMESTAMP '1970-01-01 00:00:03'",
      "TIMESTAMP_NS '1970-01-01'",
    ],
    ...['INTERVAL 3 DAY', "'3'::BLOB", 'uuid()', '[3]', '{a: 3}', 'map([1], [3])'],
  ])
    await t.rejects(
      cases(value),
      { code: 'bad-data', message: /cases\.parquet: column index: expected whole numbers, got \w/ },
      value,
    )
})

t.test('--cases: CSV', async (t) => {
  const file = join(folder, 'cases.csv')
  const cases = async (index: string, header = 'index,target') => {
    writeFileSync(file, `${header}\n"${index}",1\n`)
    const [{ place, ...one }] = await readCases(file)
    t.equal(place, `${file}, row 1`)
    return one
  }
  for (const value of ['3', ' 3', '3.0', '3.', '+3', '03'])
    t.same(await cases(value), { index: 3, target: 1 }, value)
  for (const value of [
    '0x3',
    '1e1',
    '3.5',
    '-3',
    '',
    'NaN',
    'Infinity',
    'null',
    '9007199254740993',
    '3 4',
    '٣',
  ])
    await t.rejects(
      cases(value),
      { code: 'bad-data', message: /cases\.csv, row 1: index: expected a whole number/ },
      value,
    )
  await t.rejects(cases('3', 'index,index'), {
    code: 'bad-data',
    message: /cases\.csv: there are several columns index/,
  })
})

t.test('--directions: lists of numbers, in Arrow streams, Arrow files and Parquet', async (t) => {
  const lists = (child: Vector, fixed = false) => {
    const field = new Field('element', child.type, true)
    const { length } = child
    const type = fixed ? new FixedSizeList(length, field) : new List(field)
    const [data] = child.data
    return makeVector(
      makeData({
        type,
        length: 1,
        nullCount: 0,
        valueOffsets: Int32Array.of(0, length),
        child: data,
      } as never),
    ) as Vector
  }
  const read = async (column: Vector, stream: boolean) => {
    const batch = batchOf({ v: column })
    const writer = stream ? new RecordBatchStreamWriter() : new RecordBatchFileWriter()
    writer.write(batch)
    writer.finish()
    const file = join(folder, stream ? 'd.arrows' : 'd.feather')
    writeFileSync(file, await writer.toUint8Array())
    return [...(await readDirections(file)).directions]
  }
  for (const [name, column, , real] of VALUES) {
    // decimals of other widths than 128 bits cannot be written by this library
    if (
      DataType.isDictionary(column.type) ||
      (DataType.isDecimal(column.type) && column.type.bitWidth !== 128)
    )
      continue
    for (const stream of [true, false])
      for (const fixed of [true, false]) {
        const values = read(lists(column, fixed), stream)
        if (real !== undefined && Number.isFinite(real)) t.same(await values, [real], name)
        else
          await t.rejects(
            values,
            { code: 'bad-data', message: /d\.(arrows|feather), row 0: expected .* at 0 \(column v\)/ },
            name,
          )
      }
  }
  for (const [type, column] of OTHERS)
    await t.rejects(read(lists(column), true), {
      code: 'bad-data',
      message: new RegExp(
        `d\\.arrows: expected a column values, or one column of lists of numbers, got v \\(List<${type}`,
      ),
    })
  await t.rejects(
    read(lists(vectorFromArray([1, null], new Int32())), true),
    /row 0: expected finite numbers, got null at 1 \(column v\)/,
  )
  const parquet = join(folder, 'd.parquet')
  await connection.run(`copy (select [3.0, 0.25]::DECIMAL(5,2)[] as v) to '${parquet}'`)
  t.same([...(await readDirections(parquet)).directions], [3, 0.25])
})

t.test('what this library cannot read, and what Parquet calls an integer, is refused too', async (t) => {
  // pyarrow 26: a table of one column v of list_view(float32), as far as its schema
  const views = join(folder, 'views.arrows')
  writeFileSync(views, Buffer.from(LIST_VIEW, 'base64'))
  const refused = {
    code: 'bad-data',
    message: /views\.arrows: a column has the type ListView, which cannot be read/,
  }
  await t.rejects(readDirections(views), refused)
  await t.rejects(collect(readArrow(views)), refused)
  const file = join(folder, 'durations.parquet')
  const writer = new ParquetWriter(file)
  const [index, target] = [raw(new DurationSecond(), BigInt64Array.of(3n)), raw(new Int8(), Int8Array.of(1))]
  await writer.write(batchOf({ index, target }))
  await writer.close()
  const [batch] = await collect(readParquet(file))
  t.same([String(batch.schema.fields[0].type), batch.getChild('index')?.get(0)], ['Duration<SECOND>', 3n])
  await t.rejects(readCases(file), {
    code: 'bad-data',
    message: /durations\.parquet: column index: expected whole numbers, got Duration/,
  })
})

t.test('records: a column of another type converts or is refused', async (t) => {
  const file = join(folder, 'scores.parquet')
  const scores = async (index: string, error = 'true', label = '3.0::DECIMAL(3,1)') => {
    await connection.run(`copy (select 'a' as source_model, 'b' as model, 'gaussian' as kind, '' as goal, 0.1::DECIMAL(3,1) as stddev,
      'mnist' as dataset, 'test' as split, ${index} as "index", ${label} as label, 1::DOUBLE as target, 1::BIGINT as prediction,
      ${error} as error, false as clean_error, '' as run, '' as method, 1 as seed) to '${file}'`)
    for await (const batch of readScores(file)) return batch
    return undefined
  }
  t.match(await scores('5::DECIMAL(38,3)'), {
    index: Int32Array.of(5),
    label: Int32Array.of(3),
    stddev: 0.1,
    quality: -1,
  })
  for (const [values, message] of [
    [['5.5::DECIMAL(3,1)'], /scores\.parquet: column index, row 0: expected a 32-bit integer, got 5\.5/],
    [["TIMESTAMP_MS '1970-01-01'"], /scores\.parquet: column index: expected numbers, got Timestamp/],
    [["'5'"], /scores\.parquet: column index: expected numbers, got Utf8/],
    [['true'], /scores\.parquet: column index: expected numbers, got Bool/],
    [['5', '1'], /scores\.parquet: column error, row 0: expected true or false, got 1/],
    [['5', 'NULL::BOOLEAN'], /scores\.parquet: column error, row 0: expected .*, got null/],
  ] as const) {
    const [index, error] = values as readonly [string, string?]
    await t.rejects(scores(index, error), { code: 'bad-data', message })
  }
})
