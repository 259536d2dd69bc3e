import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The package parquet-wasm, loaded and compiled when a file is first read or written: 14 MB. */
export const parquetWasm = () => require('parquet-wasm') as typeof import('parquet-wasm')
