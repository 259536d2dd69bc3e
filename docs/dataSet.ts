import { markdownTable } from 'markdown-table'
import { rangeText } from '../operators/records/checks.js'
import { isLater, type Table, type TableColumn } from '../operators/records/schema.js'
import { snakeCase } from '../operators/records/snakeCase.js'
import { TABLES } from '../operators/records/tables.js'
import { INTRODUCTION } from './introduction.js'

/** The data dictionary, `docs/data-set.md`: how files are laid out, then each table with its columns. */
export const dataSet = (): string =>
  [INTRODUCTION, ...Object.entries(TABLES).map(([name, table]) => section(name, table))].join('\n\n')

const EARLIER = 'in files of earlier versions'
const code = (text: string) => `\`${text}\``
const codes = (texts: readonly string[]) => texts.map((text) => code(text || '""')).join(', ')

const section = (name: string, { row, key, columns, notes }: Omit<Table<never>, 'toArrow' | 'fromArrow'>) =>
  [
    `## ${code(name)}`,
    `A row per ${row}.`,
    `Key: ${codes(key)}.`,
    markdownTable([
      ['column', 'id', 'type', 'range', 'unit', 'null', 'what it is'],
      ...columns.map((column) => [
        code(column.name),
        String(column.id ?? ''),
        code(column.kind.type),
        rangeOf(column),
        column.unit ?? '',
        nullOf(column),
        `${column.sentence}${isLater(column) && nullOf(column) !== EARLIER ? ' Files of earlier versions lack it.' : ''}`,
      ]),
    ]),
    ...Object.entries(notes).map(([note, { sentence }]) => `In the footer, ${code(note)}: ${sentence}`),
  ].join('\n\n')

function rangeOf({ kind, least, most }: TableColumn): string {
  if (kind.names !== undefined) return codes(kind.names)
  return rangeText(least, typeof most === 'string' ? code(snakeCase(most)) : most).trim()
}

function nullOf({ kind, only, null: where, optional }: TableColumn): string {
  if (only === undefined) return where ?? (optional && kind.nullable ? EARLIER : '')
  const [[field, names]] = Object.entries(only)
  return `unless ${code(snakeCase(field))} is ${names.map(code).join(' or ')}`
}
