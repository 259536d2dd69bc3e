import { BlindspotError } from '../../../operators/errors.js'
import { shortage } from '../../commands/shortage.js'
import type { Outcome } from '../executor.js'

/** A disk that is full, a quota that is used up, a file system that takes no more: of no step more than of any other. */
const GENERAL = /\b(ENOSPC|EDQUOT|EROFS)\b/

/** What becomes of a task whose step ended with an error; its log is added by who has it. */
export function outcomeOf(error: unknown): Outcome {
  const message = messageOf(error)
  if (error instanceof BlindspotError && error.code === 'busy') return { kind: 'busy', message }
  const lacking = shortage(error)
  return {
    kind: 'failed',
    code: error instanceof BlindspotError ? error.code : undefined,
    message: lacking === undefined ? message : `${lacking} (${message})`,
    log: '',
    general: isGeneral(error),
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Whether any other step would fail as well. */
export function isGeneral(error: unknown): boolean {
  const seen = new Set<unknown>()
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at)
    if (GENERAL.test(`${(at as NodeJS.ErrnoException).code ?? ''} ${at.message}`)) return true
  }
  return false
}
