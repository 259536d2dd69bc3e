import type { Column } from './column.js'
import type { Kind } from './kind.js'
import type { Note } from './note.js'

/** The columns of a table in their order, by the field of a record that each is; files have the names in snake_case. */
export type Columns = Readonly<Record<string, Column<unknown, unknown>>>

/** What a batch of records has beside its columns. */
export type Notes = Readonly<Record<string, Note<unknown>>>

/** A record, of whatever table. */
export type Fields = Readonly<Record<string, unknown>>

interface Constant {
  readonly constant: true
}
interface Optional {
  readonly optional: true
}

type CellOf<C> = C extends { readonly kind: Kind<infer Cell, unknown> } ? Cell : never
type ValuesOf<C> = C extends { readonly kind: Kind<unknown, infer Values> } ? Values : never
type NoteOf<N> = N extends Note<infer Value> ? Value : never

/** The fields of `R`; what the columns `C` say is optional may be left out. */
type Optionally<C, R extends Readonly<Record<keyof C, unknown>>> = {
  readonly [F in keyof C as C[F] extends Optional ? never : F]: R[F]
} & { readonly [F in keyof C as C[F] extends Optional ? F : never]?: R[F] | undefined }

type Noted<N> = {
  readonly [F in keyof N as undefined extends NoteOf<N[F]> ? never : F]: NoteOf<N[F]>
} & { readonly [F in keyof N as undefined extends NoteOf<N[F]> ? F : never]?: NoteOf<N[F]> }

/** One object, as an editor shows it. */
type Flat<T> = { readonly [F in keyof T]: T[F] }

/** The object of one row, with `Tag` in each. */
export type RowOf<C, Tag = unknown> = Flat<Tag & Optionally<C, { [F in keyof C]: CellOf<C[F]> }>>

/** The arrays of all rows, one value of what is the same in them, and the notes. */
export type BatchOf<C, N = unknown> = Flat<
  Optionally<C, { [F in keyof C]: C[F] extends Constant ? CellOf<C[F]> : ValuesOf<C[F]> }> & Noted<N>
>
