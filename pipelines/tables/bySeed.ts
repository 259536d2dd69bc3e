import { isOfRuns, isPublished, type Measured } from './measured.js'

/** A network of the paper trained with one of several seeds: all but the first have it after their name. */
const NUMBERED = /^(.*)#(\d+)$/

/** The paper's name of a network, and the seed after it; undefined for a network of another name. */
function paperName(name: string): { readonly paper: string; readonly seed: number | undefined } | undefined {
  if (isPublished(name)) return { paper: name, seed: undefined }
  const [, paper, seed] = (NUMBERED.exec(name) ?? []) as (string | undefined)[]
  return paper !== undefined && isPublished(paper) ? { paper, seed: Number(seed) } : undefined
}

/**
 * The numbers of the paper's networks by seed, those of the first first, all with the paper's names; as they are where there is
 * one seed, or no network of the paper's own name. Networks of other names stay with the first.
 */
export function bySeed(measured: Measured): readonly [Measured, ...Measured[]] {
  const { models, attacks, scores, clean } = measured
  const names = [
    ...[...models.values()].filter((row) => isOfRuns(row, measured)).map(({ model }) => model),
    ...attacks.map((row) => row.sourceModel),
    ...scores.map((row) => row.model),
    ...clean.map((row) => row.model),
  ]
  if (!names.some(isPublished)) return [measured]
  const seeds = [...new Set(names.map((name) => paperName(name)?.seed))].filter((seed) => seed !== undefined)
  const first = ofSeed(measured, undefined)
  return [first, ...seeds.sort((a, b) => a - b).map((seed) => ofSeed(measured, seed))]
}

/** What is of the networks of one seed: their rows, and what they were shown of each other's or of noise. */
function ofSeed(measured: Measured, seed: number | undefined): Measured {
  const named = (name: string): string | undefined => {
    const known = paperName(name)
    // what is made for no network is noise
    if (known === undefined) return seed === undefined || name === '' ? name : undefined
    return known.seed === seed ? known.paper : undefined
  }
  const { models, attacks, scores, clean } = measured
  return {
    ...measured,
    models: new Map(
      [...models].flatMap(([name, row]) => {
        const model = named(name)
        return model === undefined ? [] : [[model, { ...row, model }]]
      }),
    ),
    attacks: attacks.flatMap((row) => {
      const source = named(row.sourceModel)
      return source === undefined ? [] : [{ ...row, sourceModel: source }]
    }),
    scores: scores.flatMap((row) => {
      const [source, model] = [named(row.source_model), named(row.model)]
      return source === undefined || model === undefined ? [] : [{ ...row, source_model: source, model }]
    }),
    clean: clean.flatMap((row) => {
      const model = named(row.model)
      const [, images, of] = (NUMBERED.exec(row.images) ?? []) as (string | undefined)[]
      if (model === undefined || (images !== undefined && Number(of) !== seed)) return []
      return [{ ...row, model, images: images ?? row.images }]
    }),
  }
}
