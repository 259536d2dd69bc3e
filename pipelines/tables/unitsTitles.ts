import type { Measure } from './comparedBases.js'

/** What a measure is called, with its unit. */
export const MEASURES: Readonly<Record<Measure, string>> = {
  purity: 'label purity',
  entropy: 'label entropy, bits',
}

/** The title of the images that come first and last, so many of them. */
export const gridTitle = (measure: Measure, k: number): string =>
  `${MEASURES[measure].replace(/^l/, 'L')}, k = ${k}`
