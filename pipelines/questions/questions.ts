import { coherence } from './coherence.js'
import { cost } from './cost.js'
import { failures } from './failures.js'
import { foolsAll } from './foolsAll.js'
import { hardestDigits } from './hardestDigits.js'
import { noise } from './noise.js'
import { pairsOfClasses } from './pairsOfClasses.js'
import type { Question } from './question.js'
import { survival } from './survival.js'
import { time } from './time.js'
import { training } from './training.js'
import { transfer } from './transfer.js'
import { unreadable } from './unreadable.js'
import { weightDecay } from './weightDecay.js'

/** The questions that are ready to be asked, in the order in which they are listed. */
export const QUESTIONS: readonly Question[] = [
  hardestDigits,
  pairsOfClasses,
  transfer,
  foolsAll,
  noise,
  survival,
  coherence,
  weightDecay,
  failures,
  cost,
  training,
  time,
  unreadable,
]
