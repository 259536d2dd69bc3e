import type { Database } from '../../sources/duckdb.js'
import { attackRows, type AttackRow } from './attackRows.js'
import { byModel, type About, type Attack, type Measured, type ScoreRow } from './measured.js'
import { MODELS, type ModelRow } from './queries.js'
import { checked, type Restriction } from './restriction.js'
import { cleanRows, scoreRows, type CleanRow } from './scoreRows.js'
import { bootstrapMean } from './bootstrap.js'

/** Asks a data set for its numbers, or for those of some of its rows. */
export async function measure(
  database: Database,
  restriction: Restriction = {},
  about: About = {},
): Promise<Measured> {
  checked(restriction)
  const queries = {
    models: MODELS,
    attacks: attackRows(restriction),
    scores: scoreRows(restriction),
    clean: cleanRows(restriction),
  }
  const models = await database.rows<ModelRow>(queries.models)
  const clean = await database.rows<CleanRow>(queries.clean)
  return {
    ...about,
    models: new Map(models.map((row) => [row.model, row])),
    attacks: await attacksOf(database, restriction),
    scores: await database.rows<ScoreRow>(queries.scores),
    clean: clean.map(({ model, shown, dataset, split, n, images, errors }) => ({
      ...{ model, images: shown, dataset, split },
      errors: { rows: n, images, count: errors },
    })),
    restriction,
    queries,
  }
}

/** The attacks of a data set, or of some of its rows, in the order of their models. */
export async function attacksOf(
  database: Database,
  restriction: Restriction = {},
): Promise<readonly Attack[]> {
  const rows = await database.rows<AttackRow>(attackRows(checked(restriction)))
  return byModel(rows, ({ source_model: model }) => model).map(
    ({ source_model: sourceModel, distortions, fooled, ...row }) => ({
      ...row,
      sourceModel,
      distortion: bootstrapMean(distortions ?? [], fooled ?? []),
    }),
  )
}
