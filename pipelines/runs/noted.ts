/** What a footer or a commit notes: anybody may have written it. */
export type Noted = Readonly<Record<string, unknown>>

export const objectIn = (value: unknown): Noted =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Noted) : {}

export const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Texts, of a list or of one alone. */
export const textsIn = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? (value as readonly unknown[]) : [value]).filter((one) => typeof one === 'string')

/** SOURCE that a training was given. */
export const givenIn = (provenance: Noted): string | undefined =>
  textIn(objectIn(objectIn(provenance['training'])['images'])['source'])

/** The models that a run is about: of a scoring those that its commits name as its victims. */
export function modelsIn(
  kind: string,
  provenance: Noted,
  options: Noted,
  files: readonly { readonly metadata: Noted }[],
): readonly string[] {
  if (kind !== 'score') return textsIn(options['name'] ?? provenance['sourceModel'] ?? provenance['model'])
  return [...new Set(files.flatMap(({ metadata }) => Object.keys(objectIn(metadata['victims']))))]
}
