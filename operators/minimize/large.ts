/**
 * Values from which an image counts as a photograph, 74 × 74 × 3 about. Networks on those are convolutions with ReLUs and
 * maxima: millions of kinks, between which the loss is all but linear, so that its curvature along a step is that of the
 * kinks crossed, far above the penalty's. There a minimisation begins its steps with that curvature, and where it ends is told less
 * precisely, with fewer evaluations.
 */
const LARGE_VALUES = 2 ** 14

export const isLarge = (values: number): boolean => values > LARGE_VALUES
