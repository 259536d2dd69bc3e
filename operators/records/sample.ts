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

/** Where a sample was read, of tables whose rows are looked up in it. */
export const path = text(
  'Where the photograph is, from the place that its source names: a file, or an archive and the name in it, as in `errors`; empty where images are no files.',
  { optional: true },
)

/** A sample's identity as one text, which no name with spaces or slashes can imitate. */
export const sampleKey = (dataset: string, split: string, index: number) =>
  JSON.stringify([dataset, split, index])
