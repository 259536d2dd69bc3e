import type { ModelReference } from '../../operators/classifier.js'
import { groups } from '../../operators/records/groups.js'
import { sampleKey } from '../../operators/records/image.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import { readScores } from '../../sources/records.js'
import { hasEnded } from './attackedImages.js'
import { notedCount } from './notedCount.js'
import { victimsOf } from './requireSameModel.js'

/** Models that have seen the same of something. */
export interface Seen<What, Model = ModelReference> {
  readonly models: readonly Model[]
  readonly seen: What
}

/** How many images models have seen of those in a fixed order, by what files of scores note; Infinity: all that there are. */
export function countsSeen<Model extends Pick<ModelReference, 'name' | 'weightsHash'>>(
  models: readonly Model[],
  files: readonly LakeFile[],
): readonly Seen<number, Model>[] {
  const countOf = ({ name, weightsHash }: Model) =>
    files
      .filter(({ metadata }) => victimsOf(metadata)[name] === weightsHash)
      .reduce((most, file) => Math.max(most, hasEnded(file) ? Infinity : notedCount(file, 'images')), 0)
  return groups(models, (model) => [countOf(model)]).map((own) => ({ models: own, seen: countOf(own[0]) }))
}

/** Which samples models have seen, by the rows of files of scores: their keys. */
export async function samplesSeen(
  models: readonly ModelReference[],
  files: readonly LakeFile[],
): Promise<readonly Seen<ReadonlySet<string>>[]> {
  const byModel = new Map<string, Set<string>>(models.map(({ name }) => [name, new Set()]))
  if (files.length > 0)
    for await (const { model, dataset, split, index } of readScores(files.map(({ path }) => path)))
      for (const at of index) byModel.get(model)?.add(sampleKey(dataset, split, at))
  const of = ({ name }: ModelReference): ReadonlySet<string> => byModel.get(name) ?? new Set()
  return groups(models, (model) => [...of(model)].sort()).map((own) => ({ models: own, seen: of(own[0]) }))
}
