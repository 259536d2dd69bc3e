import { createHash } from 'node:crypto'

/** The name of a run by all that its rows depend on: 16 hexadecimal digits of the SHA-256 of `what` as JSON with sorted keys. */
export function identity(what: unknown): string {
  const text = JSON.stringify(what, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
