import { concatMap, map, of, tap, toArray, type Observable } from 'rxjs'
import type { Classifier, ModelReference } from '../../operators/classifier.js'
import { framingText } from '../../operators/classifier/framing.js'
import { consume } from '../../operators/flow/consume.js'
import { progress } from '../../operators/flow/progress.js'
import { groups } from '../../operators/records/groups.js'
import type { Unreadable } from '../../operators/records/unreadable.js'
import { score } from '../../operators/score.js'
import { committedModel } from './modelIdentity.js'
import { requireSameModel } from './requireSameModel.js'
import { rowsBetween } from './rowsBetween.js'
import { openShown, shownCount, shownIdentity, type Shown, type ShownBatch } from './shown.js'
import { countsSeen, samplesSeen } from './seen.js'
import { scoreSchema, type ScoreSpec } from './scoreSpec.js'
import type { StepKind, Work } from './stepKind.js'
import { UnreadableRows } from './unreadableRows.js'

/** Rows of a file; they are small, and an image's are together. */
const ROWS_PER_FILE = 2 ** 20

export const scoreKind: StepKind<ScoreSpec> = {
  kind: 'score',
  version: 3,
  tables: ['scores', 'errors'],
  schema: scoreSchema,
  dependsOn: ({ shown }, place) => shownIdentity(shown, place),
  async isDone({ models, shown }, standing) {
    const end = Math.min(standing.effort.limit ?? Infinity, (await shownCount(shown, standing)) ?? NaN)
    const victims = await Promise.all(models.map((model) => committedModel(model, standing)))
    const known = victims.filter((victim) => victim !== undefined)
    const seen = countsSeen(known, standing.committed('scores'))
    return known.length === models.length && seen.every((some) => some.seen >= end)
  },
  async write({ models: specs, shown, partition }, work) {
    const references = await Promise.all(specs.map((model) => work.models.reference(model)))
    for (const model of references) requireSameModel(work, model, 'scores')
    const images = await openShown(shown, work)
    const unseen = await unseenBy(references, images, work)
    if (unseen.length > 0) await work.useBackend()
    const unreadable = new UnreadableRows(work)
    for (const { models, from, open } of unseen) {
      const victims: Classifier[] = []
      for (const [i, reference] of references.entries())
        if (models.includes(reference)) victims.push(await work.models.classifier(specs[i]))
      await show(work, partition, victims, images.shownAs, {
        from,
        images: open(victims),
        total: images.count,
        countless: images.count === Infinity && !images.originals,
        unreadable,
        source: 'images' in shown && 'source' in shown.images ? shown.images.source : partition,
      })
    }
  },
}

/** Shows images to models that have seen `from` images before and none of these. */
async function show(
  work: Work,
  partition: string,
  victims: readonly Classifier[],
  shownAs: Shown['shownAs'],
  { from, images, total, countless, unreadable, source }: ShownFrom,
): Promise<void> {
  const { signal, limit = Infinity, onProgress = () => undefined } = work.effort
  const end = Math.min(limit, total)
  let reached = from
  let noted = from
  let held = 0
  let readable = from
  const stream = { ended: false }
  let ended = false
  const rows = await work.parts('scores', {
    partition: { shown: partition },
    metadata: () => ({
      victims: Object.fromEntries(victims.map(({ name, weightsHash }) => [name, weightsHash])),
      images: (noted = reached),
      ...(ended && { ended }),
    }),
    check: (committed) => victims.forEach((model) => requireSameModel(committed, model, 'scores')),
    before: () => unreadable.commit(),
    // files end between batches of images, of which all models have seen all
    rowsPerFile: Infinity,
  })
  const scored = images.pipe(
    tap({ complete: () => (stream.ended = true) }),
    concatMap((batch) =>
      of(batch).pipe(
        shownAs,
        score(victims, { run: work.run }),
        toArray(),
        map((scores) => ({ scores, positions: batch.index.length + unreadableOf(batch).length, batch })),
      ),
    ),
    progress({
      label: work.name,
      unit: 'images',
      before: from,
      total: end === Infinity ? undefined : end,
      count: (one) => one.positions,
      onProgress,
    }),
  )
  await consume(
    scored,
    async ({ scores, positions, batch: shown }) => {
      await unreadable.add(unreadableOf(shown))
      readable += shown.index.length
      reached += positions
      for (const batch of scores) {
        await rows.write(batch)
        held += batch.index.length
      }
      if (held < ROWS_PER_FILE) return
      await rows.flush()
      held = 0
    },
    { signal },
  )
  await unreadable.requireSome(source, reached, readable)
  ended = stream.ended && countless && reached < end
  // the next models' files are numbered after these
  if (reached > noted || ended) await rows.note()
}

const unreadableOf = (batch: ShownBatch): readonly Unreadable[] =>
  'unreadable' in batch ? (batch.unreadable ?? []) : []

/** What is shown to models that have seen `from` of it. */
interface ShownFrom {
  readonly from: number
  readonly images: Observable<ShownBatch>
  readonly total: number
  /** Whether nobody knows how much there is, so that its end is worth noting. */
  readonly countless: boolean
  readonly unreadable: UnreadableRows
  /** What it is called. */
  readonly source: string
}

/** Models that are to be shown the same, after as many images as all of them have seen. */
interface Unseen {
  readonly models: readonly ModelReference[]
  readonly from: number
  readonly open: (victims: readonly Classifier[]) => Observable<ShownBatch>
}

/** Who has something to see: images in a fixed order after those that were seen, originals of examples one by one. */
async function unseenBy(
  models: readonly ModelReference[],
  { count, between, originals, framed = false }: Shown,
  work: Work,
): Promise<readonly Unseen[]> {
  const files = work.committed('scores')
  const end = Math.min(work.effort.limit ?? Infinity, count)
  if (originals)
    return (await samplesSeen(models, files))
      .filter(({ seen }) => seen.size < end)
      .map(({ models: own, seen }) => ({
        models: own,
        from: seen.size,
        open: (victims) => originals(seen, victims).pipe(rowsBetween(0, end - seen.size)),
      }))
  const framingOf = ({ framing }: ModelReference) => (framed && framing ? framingText(framing) : '')
  return countsSeen(models, files)
    .filter(({ seen }) => seen < end)
    .flatMap(({ models: own, seen }) =>
      groups(own, (model) => [framingOf(model)]).map((alike) => ({
        models: alike,
        from: seen,
        open: (victims: readonly Classifier[]) => between(seen, end, victims),
      })),
    )
}
