// blindspot/sinks: data sets, files, pictures, faces of tables

export { ArrowWriter } from './arrow.js'
export { toArrowStream, type ArrowStream } from './arrowStream.js'
export { ImageGridWriter, type ImageGridOptions, type Tile, type WrittenGrid } from './grid/images.js'
export type { Lake, LakeFile } from './lake/lake.js'
export { openLake } from './lake/openLake.js'
export { publishTables, type PublishedTable, type TableFormatName } from './lake/formats/publishTables.js'
export type { PartitionedOptions } from './lake/partitioned.js'
export { ParquetWriter, type ParquetOptions } from './parquet.js'
export { writeAll, type Writer } from './writer.js'
export { exampleTiles, pairTiles, perturbationTiles } from './grid/tiles.js'
export type { Cell, Column, Row, Table, Verdict } from './table/table.js'
export { arrowAnswer } from './answer/arrowAnswer.js'
export { csvAnswer } from './answer/csvAnswer.js'
export { jsonAnswer, jsonLinesAnswer } from './answer/jsonAnswer.js'
export { parquetAnswer } from './answer/parquetAnswer.js'
export { tableAnswer } from './answer/tableAnswer.js'
export { tableCsv } from './table/csv.js'
export { tableMarkdown } from './table/markdown.js'
export { tableText } from './table/text.js'

// types that the signatures of the above name
export type { CompressionName } from './compressions.js'
export type { DrawnExamples } from './grid/tiles.js'
export type { FileQuery } from './lake/committed.js'
export type { Latest, RecordOf as TableRecord } from './lake/lake.js'
export type { ManifestFile } from './lake/manifestSchema.js'
export type { LakePartitioned } from './lake/partitioned.js'
export type { LakeParts, PartsOptions } from './lake/parts.js'
export type { LakeWriter, WriterOptions } from './lake/writer.js'
export type { Fields, Grid, Measure, More, Names, Quantity, Unit } from './table/table.js'
export type { TextOptions } from './table/text.js'
export type { WrittenRows } from './writer.js'
export type { LakeCompactOptions } from './lake/compact.js'

// types of other parts that the signatures of the above name
export type * from '../operators/records/types.js'
export type {
  Answer,
  AnswerChunk,
  AnswerColumn,
  AtomicFile,
  ExactNumber,
  SqlValue,
  WrittenFile,
} from '../sources/index.js'
