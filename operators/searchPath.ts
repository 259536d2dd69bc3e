import type { OperatorFunction } from 'rxjs'
import type { AdversarialRows } from './engine/adversarialRows.js'
import { checkAim, type AimOptions } from './engine/aimOptions.js'
import type { Classifier } from './classifier.js'
import { checked, requireClasses } from './classifier/checked.js'
import { requireClassifier } from './classifier/requireClassifier.js'
import { requireKnown } from './options/knownOptions.js'
import { asyncOperator } from './flow/asyncOperator.js'
import { squaredDistance } from './minimize/box.js'
import type { BoundarySearch, Minimiser } from './minimize/boundarySearch.js'
import { SEARCH_DEFAULTS } from './minimize/searchDefaults.js'
import type { ImageBatch } from './records/image.js'
import type { Solve } from './records/search.js'
import { searchOptionsOf, type GivenSearchOptions } from './engine/searchOptions.js'
import type { SearchQueue } from './engine/searchQueue.js'

/** Options of `searchPath`: those of the attack whose search it is. */
export interface SearchPathOptions extends AimOptions, GivenSearchOptions {
  /** Searches evaluated together, as for `attack`. Default 256. */
  readonly batchSize?: number | undefined
}

const NAMES = {
  ...{ goal: true, target: true, cases: true, seed: true, run: true, batchSize: true },
  ...SEARCH_DEFAULTS,
} satisfies Record<keyof SearchPathOptions, unknown>

/**
 * The path of `attack`'s search on c: every value that it solves for and where its minimiser stands, from the first
 * to the one that is its result. The same search to the bit, in this thread.
 *
 * The larger c, the smaller the minimiser's distortion, until the target is lost: the largest c that still fools is
 * what is searched for (Szegedy et al. 2013, §4.1, whose c is on the penalty).
 *
 * ImageBatches in, for each the solves of its searches, in order of (image, target, solve). Images that `attack` skips
 * have none; a search without an example has no solve that is `best`.
 *
 * @example
 * const network = await loadClassifier('my-model')
 * mnist('test', { limit: 1 }).pipe(searchPath(network, { target: 3 })).subscribe((solves) => console.log(solves))
 *
 * @throws BlindspotError as `attack`
 */
export function searchPath(
  classifier: Classifier,
  options: SearchPathOptions = {},
): OperatorFunction<ImageBatch, readonly Solve[]> {
  requireKnown<object>('searchPath', options, NAMES)
  const { goal, target, cases, seed, run, batchSize = 256, ...given } = options
  const search = searchOptionsOf('searchPath', batchSize, given)
  const aims = { goal, target, cases, seed, run }
  checkAim(aims)
  requireClassifier('searchPath', classifier)
  requireClasses(checked(classifier))

  return asyncOperator(0, async (batches, out) => {
    const { aim } = await import('./engine/aim.js')
    const { SearchQueue } = await import('./engine/searchQueue.js')
    const rowsOf = aim(classifier, 'l-bfgs', aims, search)
    const queue = new SearchQueue(classifier, batchSize, search)
    for await (const batch of batches) {
      const paths = begin(queue, rowsOf(batch))
      while (queue.busy) {
        queue.round()
        // lets an unsubscription through
        await new Promise(setImmediate)
        if (out.signal.aborted) return
      }
      await out.emit(paths.flat())
    }
  })
}

/** Queues the searches of some rows; the path of each is filled while the queue works. */
function begin(queue: SearchQueue, rows: AdversarialRows): Solve[][] {
  const paths: Solve[][] = []
  const { run, sourceModel, dataset, split, index, label } = rows.batch
  rows.open((image, target, _, row) => {
    const sample = { run, sourceModel, dataset, split, index: index[row], label: label[row], target }
    const path: Solve[] = []
    paths.push(path)
    const onSolve = ({ x, ...minimiser }: Minimiser) => {
      const distortion = Math.sqrt(squaredDistance(x, image) / x.length)
      path.push({ ...sample, ...minimiser, distortion, best: false })
    }
    const finish = ({ c, margin }: BoundarySearch) => {
      const best = path.findLastIndex((solve) => solve.c === c && solve.margin === margin)
      if (best >= 0) path[best] = { ...path[best], best: true }
    }
    queue.add(image, target, finish, onSolve)
  })
  return paths
}
