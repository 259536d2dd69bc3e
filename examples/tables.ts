import {
  askData,
  attackSummary,
  evaluateModels,
  openLake,
  paperTables,
  scoreLines,
  scoresTable,
  tableCsv,
  tableMarkdown,
  tableText,
} from 'blindspot'

/** What a data set says: by SQL, as numbers, and as tables with their faces. `run` is the step of an attack in it. */
export async function tablesExample(folder: string, run: string) {
  const lake = await openLake(folder, { readOnly: true })
  return askData(lake, async (database) => {
    const fooled = await database.rows<{ model: string; n: number }>(
      `SELECT source_model AS model, count(*) AS n FROM examples WHERE status = 'success' GROUP BY ALL`,
    )
    const { successRate, distortion } = await attackSummary(database, { run, first: 16 })
    const { table2 } = await paperTables(database, { first: 16 })
    const scores = scoresTable(await scoreLines(database))
    return {
      ...{ fooled, successRate, distortion },
      faces: [tableText(scores), tableMarkdown(table2), tableCsv(scores)],
    }
  })
}

/** The share of images that a model gets wrong, with its interval. */
export async function evaluateModelsExample(model: string) {
  const [{ images, errors, error }] = await evaluateModels([model], { data: 'mnist:test', limit: 100 })
  return { images, errors, error }
}
