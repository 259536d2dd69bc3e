import { integer, text } from './column.js'

/** Which sample a row is of, the same in every table: dataset, split and index name it for ever. */
export const sample = {
  dataset: text('Name of the data set the image is from, by what its files hold, such as `mnist`.', {
    constant: true,
  }),
  split: text('Split of the data set: `train`, `test`, ….', { constant: true }),
  index: integer('Position of the image in its split.', { least: 0 }),
  label: integer('Class of the image.', { least: 0 }),
}

/** A sample's identity as one text, which no name with spaces or slashes can imitate. */
export const sampleKey = (dataset: string, split: string, index: number) =>
  JSON.stringify([dataset, split, index])
