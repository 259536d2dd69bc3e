import { existsSync } from 'node:fs'

/** Data too large for the repository, beside it where a machine has them. */
export interface Shared {
  readonly path: string
  /** For `t.test`: false where the data are there, else why not; `.ci/run` counts the reasons that begin with `shared`. */
  readonly skip: false | string
}

export function shared(name: string): Shared {
  const path = `../shared/data/${name}`
  return { path, skip: existsSync(path) ? false : `shared: needs ${path}` }
}
