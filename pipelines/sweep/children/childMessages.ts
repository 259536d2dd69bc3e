import type { Progress } from '../../../operators/flow/progress.js'
import type { Outcome, Task } from '../executor.js'

/** What a child process is told to do; `close` comes after the step that it is at. */
export type ChildRequest =
  /** The command line that its rows are noted with: that of who began it. */
  | { readonly kind: 'begin'; readonly argv: readonly string[] }
  | { readonly kind: 'perform'; readonly folder: string; readonly task: Task }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'close' }

/** What a child tells of the step that it is at. */
export type ChildMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'warning'; readonly message: string }
  /** `log` of a failure is with the parent, who reads what the child writes. `last`: the child takes no further step. */
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly last: boolean }
