/** A name of code as a column of a file has it: `sourceModel` is `source_model`. */
export const snakeCase = (field: string): string =>
  field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
