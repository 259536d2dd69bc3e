import type { Estimate } from './statistics.js'
import { STATES, type Verdict } from '../../sinks/table/table.js'

/** A verdict's first words. */
export const say = (state: Verdict['state']): string => STATES[state]

export const count = (n: number) => n.toLocaleString('en')

/** A share in per cent. */
export const percent = (share: number, digits = 2) => (100 * share).toFixed(digits)

/** A share in per cent with its interval; `of` says what of it is, after the sign. */
export const shareText = ({ value, low, high }: Estimate, digits = 2, of = '') =>
  `${percent(value, digits)} %${of} [${percent(low, digits)}, ${percent(high, digits)}]`

/** The least and the largest of any number of values. */
export function extent(values: readonly number[]): readonly [number, number] {
  return [
    values.reduce((least, value) => Math.min(least, value), Infinity),
    values.reduce((most, value) => Math.max(most, value), -Infinity),
  ]
}

/** An estimate's interval in brackets; nothing of a single value, which has none. */
export const interval = ({ low, high }: Estimate, digits = 2) =>
  Number.isNaN(low) ? '' : `[${low.toFixed(digits)}, ${high.toFixed(digits)}]`.replaceAll('-', '−')

/** So many of something, whose plural ends in s. */
export const many = (n: number, noun: string) => `${count(n)} ${noun}${n === 1 ? '' : 's'}`

/** The least and the most of some numbers as they are printed, or the one that they all are. */
export function span(texts: readonly string[]): string {
  const numberOf = (text: string) => Number(text.replaceAll(',', '').replace('−', '-'))
  const sorted = [...new Set(texts)].sort((a, b) => numberOf(a) - numberOf(b))
  return sorted.length === 1 ? sorted[0] : `${sorted[0]} to ${String(sorted.at(-1))}`
}

/** A number with so many decimals and, asked for, a plus before what is above 0. */
export function decimals(value: number, digits: number, { sign = false } = {}): string {
  const text = value.toFixed(digits)
  const zero = Number(text) === 0
  return zero ? text.replace('-', '') : (sign && value > 0 ? `+${text}` : text).replace('-', '−')
}

/** A weight decay in short, as names of networks have it: 1e-4, 1, 0. */
export const lambdaText = (value: number): string =>
  value === 0 ? '0' : value.toExponential().replace('e+0', '').replace('e+', 'e')
