import * as v from 'valibot'

/** How many of something, in a spec. */
export const wholeFrom1 = v.pipe(
  v.number(),
  v.safeInteger('a whole number from 1'),
  v.minValue(1, 'a whole number from 1'),
)

/** A position. */
export const wholeFrom0 = v.pipe(
  v.number(),
  v.safeInteger('a whole number from 0'),
  v.minValue(0, 'a whole number from 0'),
)

/** Seed of anything that is drawn. */
export const seedSchema = v.pipe(v.number(), v.safeInteger('a whole number'))

/** Quality of a JPEG. */
export const qualitySchema = v.pipe(
  v.number(),
  v.integer('a whole number from 1 to 100'),
  v.minValue(1, 'a whole number from 1 to 100'),
  v.maxValue(100, 'a whole number from 1 to 100'),
)

/** A number that is one: no infinity. */
export const finite = v.pipe(v.number(), v.finite('a finite number'))
