// blindspot/flow: streams with backpressure

export { asyncOperator, type Outlet } from './asyncOperator.js'
export { batch } from './batch.js'
export { consume } from './consume.js'
export { emit, hold } from './hold.js'
export { pull } from './inbox.js'
export { mapConcurrent, type MapConcurrentOptions } from './mapConcurrent.js'
export { prefetch } from './prefetch.js'
export { progress, type Progress, type ProgressOptions } from './progress.js'
export { stream } from './stream.js'

// types that the signatures of the above name
export type { Inbox } from './inbox.js'
export type * from '../records/types.js'
