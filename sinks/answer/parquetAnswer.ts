import type { Answer } from '../../sources/query/answer.js'
import { ParquetWriter } from '../parquet.js'
import type { WrittenRows } from '../writer.js'

/** Writes an answer to a Parquet file that is complete or absent; of no rows one that has the columns. */
export async function parquetAnswer(
  path: string,
  { empty, chunks }: Answer,
  provenance: Readonly<Record<string, unknown>>,
): Promise<WrittenRows> {
  const writer = new ParquetWriter(path, { empty, provenance })
  try {
    for await (const chunk of chunks) await writer.write(chunk.batch())
    return await writer.close()
  } catch (error) {
    await writer.abort()
    throw error
  }
}
