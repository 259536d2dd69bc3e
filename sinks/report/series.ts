/** Colours of lines beside each other: the page's, or, in a file alone, these. */
export const SERIES = [
  'var(--accent, #2b62a8)',
  'var(--series-2, #b3500f)',
  'var(--series-3, #17765a)',
  'var(--series-4, #8446ad)',
  'var(--series-5, #86660a)',
  'var(--series-6, #b13464)',
] as const
