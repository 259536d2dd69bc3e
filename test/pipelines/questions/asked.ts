import { QUESTIONS, queryDataSet, type Lake, type QueryDataSetOptions, type SqlValue } from 'blindspot'

export type Answered = Readonly<Record<string, SqlValue>>

/** All rows of an answer as objects, whole numbers as numbers. */
export async function rowsOf(
  lake: Lake,
  sql: string,
  options?: QueryDataSetOptions,
): Promise<readonly Answered[]> {
  return queryDataSet(
    lake,
    sql,
    async ({ columns, chunks }) => {
      const all: Answered[] = []
      for await (const chunk of chunks)
        for (const row of chunk.rows())
          all.push(
            Object.fromEntries(
              row.map((value, i) => [columns[i].name, typeof value === 'bigint' ? Number(value) : value]),
            ),
          )
      return all
    },
    options,
  )
}

/** What a data set answers to a ready question. */
export function answered(lake: Lake, name: string): Promise<readonly Answered[]> {
  const question = QUESTIONS.find((one) => one.name === name)
  if (question === undefined) throw new Error(`no question ${name}`)
  return rowsOf(lake, question.sql)
}
