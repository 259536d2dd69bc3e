import type { Field, Schema } from 'apache-arrow'

/** All that a schema says, as text: schemas of the same text are the same. */
export const schemaText = ({ fields, metadata }: Schema): string =>
  JSON.stringify([fields.map(described), [...metadata]])

const described = ({ name, nullable, type, metadata }: Field): unknown => {
  const { children } = type as { readonly children: readonly Field[] | null }
  return [name, nullable, [...metadata], String(type), children?.map(described)]
}
