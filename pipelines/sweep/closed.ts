import { BlindspotError } from '../../operators/errors.js'

/** What who asks an executor that is closed is told. */
export const closedExecutor = (): BlindspotError =>
  new BlindspotError(
    'bad-option',
    'executor: expected one that is open, got one that is closed; make another',
  )
