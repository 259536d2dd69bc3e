import type { Cell, Measure, More, Quantity, Row, Unit } from './table.js'

/** A number as people read it. */
export function numberText(value: number, { unit, digits }: Pick<Quantity, 'unit' | 'digits'>): string {
  return Number.isNaN(value) ? '–' : WRITTEN[unit](value, digits).replace('-', '−')
}

const fixed = (value: number, digits: number) => value.toFixed(digits)
const signed = (value: number, digits: number) => {
  const text = value.toFixed(digits)
  return Number(text) === 0 ? text.replace('-', '') : value > 0 ? `+${text}` : text
}

const WRITTEN: Readonly<Record<Unit, (value: number, digits: number) => string>> = {
  percent: (value, digits) => fixed(100 * value, digits),
  rms: fixed,
  bits: fixed,
  plain: fixed,
  signed,
  count: (value) => value.toLocaleString('en'),
  significant: (value, digits) => value.toPrecision(digits),
  p: (value, digits) => (value < 10 ** -digits ? `< ${fixed(10 ** -digits, digits)}` : fixed(value, digits)),
}

/** The paper's number with the digits that it prints. */
export const paperText = (paper: number, unit: Unit): string =>
  String(unit === 'percent' ? Number((100 * paper).toFixed(6)) : paper)

/** Ours less the paper's. */
export const differenceText = (value: number, paper: number, { unit, digits }: Quantity): string =>
  numberText((value - paper) * (unit === 'percent' ? 100 : 1), { unit: 'signed', digits })

/** The ends of a number's interval; undefined where it has none. */
export function intervalText(quantity: Quantity): readonly [low: string, high: string] | undefined {
  const { low = NaN, high = NaN } = quantity
  return Number.isNaN(low) || Number.isNaN(high)
    ? undefined
    : [numberText(low, quantity), numberText(high, quantity)]
}

/** What else a cell says, in words; `whole`: its numbers with their intervals and N. */
export const moreTexts = (
  { more = [] }: Pick<Measure, 'more'>,
  { whole = false }: { readonly whole?: boolean } = {},
): readonly string[] =>
  more
    .filter((one) => one.aside !== true && !('value' in one && Number.isNaN(one.value)))
    .map((one) => {
      if (!('value' in one)) return moreText(one)
      return `${moreText(one)}${one.whole ? rangeText(one) : whole ? sizeText(one) : ''}`
    })

/** What of the rest a cell shows before it is opened. */
export const shownTexts = ({ more = [] }: Measure): readonly string[] =>
  moreTexts({ more: more.filter(({ shown }) => shown === true) })

const moreText = (one: More): string =>
  [one.before, 'text' in one ? one.text : numberText(one.value, one), one.after]
    .filter((part) => part !== undefined)
    .join(' ')

const sizeText = (quantity: Quantity): string =>
  `${rangeText(quantity)}${quantity.n === undefined ? '' : `, N ${quantity.n.toLocaleString('en')}`}`

function rangeText(quantity: Quantity): string {
  const interval = intervalText(quantity)
  return interval === undefined ? '' : ` [${interval.join(', ')}]`
}

/** A cell's own N, where it is not its row's. */
export const ownN = ({ n }: Measure, row: Row): number | undefined => (n === row.n ? undefined : n)

export const isMeasure = (cell: Cell): cell is Measure => 'value' in cell
