/** Compressions of the pages of a Parquet file. */
export const COMPRESSIONS = ['zstd', 'snappy', 'none'] as const
export type CompressionName = (typeof COMPRESSIONS)[number]
