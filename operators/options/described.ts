import { isPromise } from 'node:util/types'

/** A value as an error shows it. */
export function described(value: unknown): string {
  if (isPromise(value)) return 'a promise'
  if (Array.isArray(value)) {
    if (value.some((one) => typeof one === 'object')) return 'an array of arrays'
    return value.length <= 4 ? `[${value.map(String).join(', ')}]` : 'an array'
  }
  if (typeof value === 'object' && value !== null) {
    const kind = Object.prototype.toString.call(value).slice(8, -1)
    return kind === 'Object' ? 'an object' : `a ${kind}`
  }
  return typeof value === 'string' ? `'${value}'` : String(value)
}
