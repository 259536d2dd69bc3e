import { Field, FixedSizeList, List, Map_, Struct, makeData, type DataType } from 'apache-arrow'
import {
  DuckDBArrayValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { dataOf, nulls, offsets, type ArrowForm, type Values } from './arrowData.js'

const itemsOf = (value: DuckDBValue): Values =>
  value instanceof DuckDBListValue || value instanceof DuckDBArrayValue ? value.items : []

/** Lists, whose values are called `element` as in the tables. */
export function lists({ type: element, data }: ArrowForm): ArrowForm {
  const type = new List(new Field('element', element, true))
  return {
    type,
    data(values, column) {
      const items = values.map(itemsOf)
      const valueOffsets = offsets(items.map(({ length }) => length))
      return dataOf(type, values, { valueOffsets }, [data(items.flat(), column)])
    },
  }
}

/** Lists of one length. */
export function arrays({ type: element, data }: ArrowForm, length: number): ArrowForm {
  const type = new FixedSizeList(length, new Field('element', element, true))
  const nothing: Values = Array<null>(length).fill(null)
  return {
    type,
    data(values, column) {
      const items = values.map((value) => (value === null ? nothing : itemsOf(value)))
      const child = data(items.flat(), column)
      return makeData({ type, length: values.length, child, ...nulls(values) })
    },
  }
}

/** Values by names. */
export function structs(entries: readonly (readonly [name: string, form: ArrowForm])[]): ArrowForm {
  const type = new Struct(entries.map(([name, form]) => new Field(name, form.type, true)))
  return {
    type,
    data: (values, column) =>
      dataOf(
        type,
        values,
        {},
        entries.map(([name, { data }]) =>
          data(
            values.map((value) => (value instanceof DuckDBStructValue ? value.entries[name] : null)),
            `${column}.${name}`,
          ),
        ),
      ),
  }
}

/** Lists of keys and values. */
export function maps(keys: ArrowForm, items: ArrowForm): ArrowForm {
  const entry = new Struct<{ key: DataType; value: DataType }>([
    new Field('key', keys.type, false),
    new Field('value', items.type, true),
  ])
  const type = new Map_(new Field('entries', entry, false))
  return {
    type,
    data(values, column) {
      const entries = values.map((value) => (value instanceof DuckDBMapValue ? value.entries : []))
      const all = entries.flat()
      const each = [
        keys.data(
          all.map(({ key }) => key),
          column,
        ),
        items.data(
          all.map(({ value }) => value),
          column,
        ),
      ]
      const child = makeData({ type: entry, length: all.length, nullCount: 0, children: each })
      return dataOf(type, values, { valueOffsets: offsets(entries.map(({ length }) => length)) }, [child])
    },
  }
}
