import {
  askData,
  attackSummary,
  evaluateModels,
  openLake,
  paperTables,
  robustAccuracy,
  robustAccuracyTable,
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
    // accuracy within a budget of perturbation: the images that are right and of which no example was found within it
    const budgets = { l2: [0, 0.5, 1.5], linf: [0, 8 / 255, 0.3] }
    const accuracy = await robustAccuracy(database, { runs: [run], epsilons: budgets })
    const scores = scoresTable(await scoreLines(database))
    return {
      ...{ fooled, successRate, distortion, accuracy },
      faces: [
        tableText(scores),
        tableMarkdown(table2),
        tableCsv(scores),
        tableText(robustAccuracyTable(accuracy)),
      ],
    }
  })
}

/** The share of images that a model gets wrong, with its interval. */
export async function evaluateModelsExample(model: string) {
  const [{ images, errors, error }] = await evaluateModels([model], { data: 'mnist:test', limit: 100 })
  return { images, errors, error }
}
