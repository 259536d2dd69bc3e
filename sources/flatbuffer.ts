/**
 * The head of an Arrow IPC message, looked through before a decoder believes it: what a vector of it claims to hold would be
 * made before anybody sees that the bytes end.
 * https://github.com/apache/arrow/blob/main/format/Message.fbs, Schema.fbs; https://flatbuffers.dev/internals
 */

/** Columns and their children; and how deep they lie. */
const MOST_FIELDS = 10_000
const DEEPEST = 64
const SCHEMA = 1
const DICTIONARY = 2
const BATCH = 3
/** Bytes of a node of a batch, or of a buffer: two int64. */
const PAIR = 16

/** A message's place in a file of the file format. */
export interface Block {
  readonly offset: number
  /** Bytes of the message's head with its framing. */
  readonly head: number
  /** Kind of the message, as in its head. */
  readonly kind: number
}
/** Bytes of a block: an int64, an int32 and four bytes of nothing, an int64. */
const BLOCK = 24

/** Throws a RangeError where the bytes hold less than they claim; `kind`: or another message than that. */
export const checkHead = (bytes: Uint8Array, kind?: number): void => through(bytes).checkMessage(kind)

/** Checks the footer of the file format; gives the messages that it lists. */
export const checkFooter = (bytes: Uint8Array): readonly Block[] => through(bytes).checkFooter()

function through(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let fields = 0

  /** Where a field of a table is; undefined where the table has none. */
  function fieldAt(table: number, field: number): number | undefined {
    const vtable = table - view.getInt32(table, true)
    const entry = 4 + 2 * field
    const offset = entry < view.getUint16(vtable, true) ? view.getUint16(vtable + entry, true) : 0
    return offset === 0 ? undefined : table + offset
  }
  function child(table: number, field: number): number | undefined {
    const at = fieldAt(table, field)
    return at === undefined ? undefined : at + view.getUint32(at, true)
  }
  /** Where the items of a vector begin, and how many there are. */
  function vector(table: number, field: number, size: number): { at: number; items: number } {
    const start = child(table, field)
    if (start === undefined) return { at: 0, items: 0 }
    const items = view.getUint32(start, true)
    if (items * size > view.byteLength - start - 4)
      throw new RangeError(`a list of ${items} is longer than its bytes`)
    return { at: start + 4, items }
  }
  /** An int64 that an array can be long. */
  function lengthAt(at: number): number {
    const length = Number(view.getBigInt64(at, true))
    if (length < 0 || length >= 2 ** 31) throw new RangeError(`a column has ${length} rows`)
    return length
  }
  function checkFields(owner: number, field: number, depth: number): void {
    const { at, items } = vector(owner, field, 4)
    fields += items
    if (fields > MOST_FIELDS || depth > DEEPEST)
      throw new RangeError(`more than ${MOST_FIELDS} columns, or ${DEEPEST} within each other`)
    for (let i = 0; i < items; i++) {
      const table = at + 4 * i + view.getUint32(at + 4 * i, true)
      checkFields(table, 5, depth + 1)
      vector(table, 6, 4)
    }
  }
  function checkBatch(table: number): void {
    const rows = fieldAt(table, 0)
    if (rows !== undefined) lengthAt(rows)
    const nodes = vector(table, 1, PAIR)
    for (let i = 0; i < nodes.items; i++)
      if (lengthAt(nodes.at + PAIR * i + 8) > lengthAt(nodes.at + PAIR * i))
        throw new RangeError('a column has more nulls than rows')
    vector(table, 2, PAIR)
    vector(table, 4, 8)
  }

  function checkSchema(table: number): void {
    checkFields(table, 1, 0)
    vector(table, 2, 4)
  }
  const root = view.getUint32(0, true)
  return {
    checkMessage(expected: number | undefined) {
      const kindAt = fieldAt(root, 1)
      const head = child(root, 2)
      if (kindAt === undefined || head === undefined) throw new RangeError('a message has no head')
      const kind = view.getUint8(kindAt)
      if (![SCHEMA, DICTIONARY, BATCH].includes(kind) || (expected ?? kind) !== kind)
        throw new RangeError(`a message is of kind ${kind}`)
      if (kind === SCHEMA) checkSchema(head)
      else if (kind === DICTIONARY) {
        const data = child(head, 1)
        if (data !== undefined) checkBatch(data)
      } else checkBatch(head)
    },
    checkFooter() {
      const schema = child(root, 1)
      if (schema === undefined) throw new RangeError('its footer has no schema')
      checkSchema(schema)
      return [DICTIONARY, BATCH].flatMap((kind) => {
        // the fields have the numbers of the kinds
        const { at, items } = vector(root, kind, BLOCK)
        return Array.from({ length: items }, (_, i) => ({
          kind,
          offset: Number(view.getBigInt64(at + i * BLOCK, true)),
          head: view.getInt32(at + i * BLOCK + 8, true),
        }))
      })
    },
  }
}
