import { accuracy } from './accuracy.js'
import { cost } from './cost.js'
import { directionCoherence } from './directionCoherence.js'
import { failures } from './failures.js'
import { foolsAll } from './foolsAll.js'
import { hardestImages } from './hardestImages.js'
import { noise } from './noise.js'
import { pairsOfClasses } from './pairsOfClasses.js'
import type { Question } from './question.js'
import { survival } from './survival.js'
import { trainingCurves } from './trainingCurves.js'
import { trainingTime } from './trainingTime.js'
import { transfer } from './transfer.js'
import { unreadable } from './unreadable.js'
import { weightDecay } from './weightDecay.js'

/** The questions that are ready to be asked, in the order in which they are listed. */
export const QUESTIONS: readonly Question[] = [
  accuracy,
  hardestImages,
  pairsOfClasses,
  transfer,
  foolsAll,
  noise,
  survival,
  directionCoherence,
  weightDecay,
  failures,
  cost,
  trainingCurves,
  trainingTime,
  unreadable,
]
