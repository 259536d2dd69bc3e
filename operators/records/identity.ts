import { createHash } from 'node:crypto'

/** Names a step or a run by what it is made of: 16 hex digits of the SHA-256 of its JSON, keys sorted. */
export function identity(what: unknown): string {
  const text = JSON.stringify(what, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
