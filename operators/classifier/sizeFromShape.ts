/** Number of values of a shape: the product of its extents. */
export const sizeFromShape = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1)
