// All that there is; a part of it is loaded by itself as blindspot/flow, /operators, /sources, /sinks or /pipelines.
export * from './operators/flow/index.js'
export * from './operators/index.js'
export * from './sources/index.js'
export * from './sinks/index.js'
export * from './pipelines/index.js'
