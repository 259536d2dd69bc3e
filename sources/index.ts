// blindspot/sources: images, and what is read back

export { readArrow } from './arrow.js'
export { readDirections } from './directions.js'
export { readCases } from './cases.js'
export { cifar, cifarSource, type CifarOptions, type CifarSourceOptions } from './cifar.js'
export { emnist, emnistSource, type EmnistOptions, type EmnistSourceOptions } from './emnist.js'
export {
  imageFolder,
  imageFolderSource,
  type ImageFolderOptions,
  type ImageFolderSourceOptions,
} from './imageFolder.js'
export { npz, npzSource, type NpzOptions, type NpzSourceOptions } from './npz.js'
export { imagesOf, type ImageArrays, type ImagesOfOptions } from './imagesOf.js'
export { imagenet, type ImagenetOptions } from './imagenet.js'
export { imagenetSource, type ImagenetSourceOptions } from './imagenetSource.js'
export { mnist, mnistBytes, type ImageBytes, type MnistOptions, type MnistSplit } from './mnist.js'
export { parquetMetadata, readParquet, type ParquetMetadata, type ParquetReadOptions } from './parquet.js'
export { localFolder } from './objects/localFolder.js'
export { mnistSource } from './mnistSource.js'
export { arrowSource, parquetSource } from './storedSource.js'
export type { StoredOptions } from './storedOptions.js'
export { parseSource, type Source, type SourceIdentity, type SourceOptions } from './source.js'
export type { Where, WhereCondition, WhereValue } from './where.js'
export { readExamples, readRecords, readScores, type ExampleOptions } from './records.js'
export type { Half } from './select.js'
export { CLASSES as IMAGENET_CLASSES, SUPERCLASSES as IMAGENET_SUPERCLASSES } from './imagenet/classes.js'
export {
  ExactNumber,
  type Answer,
  type AnswerColumn,
  type AnswerChunk,
  type SqlValue,
} from './query/answer.js'

// types that the signatures of the above name
export type { ArrowReadOptions } from './arrow.js'
export type { AtomicFile, WrittenFile } from './atomicFile.js'
export type { Database } from './duckdb.js'
export type { ImagenetClass, Superclass } from './imagenet/classes.js'
export type { Shard as ImagenetShard } from './imagenet/options.js'
export type { QueryOptions } from './query/openQuery.js'
export type { Paths } from './records.js'
export type { SelectOptions } from './select.js'
export type { IndexedOptions } from './indexed.js'

// types of other parts that the signatures of the above name
export type * from '../operators/records/types.js'
export type { Case, Crop, DirectionMatrix, Framing } from '../operators/index.js'
