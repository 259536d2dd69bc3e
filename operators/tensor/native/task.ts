/** What the set-up is doing; the order is that of a first run. */
export type SetupPhase = 'package' | 'wait' | 'download' | 'verify' | 'unpack' | 'compile' | 'load'

export interface SetupProgress {
  readonly phase: SetupPhase
  /** Bytes done. */
  readonly done: number
  /** Bytes to do; 0 in a phase that is not measured in bytes. */
  readonly total: number
}

/** What each step of the set-up is handed by the one that started it. */
export interface Task {
  readonly signal?: AbortSignal | undefined
  readonly onProgress: (progress: SetupProgress) => void
  /** Receives one line for each thing that a person may want to know afterwards. */
  readonly log: (line: string) => void
}
