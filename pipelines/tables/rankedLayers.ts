import type { Coherence } from '../../operators/records/coherence.js'
import type { LakeFile } from '../../sinks/lake/lake.js'
import type { Database } from '../../sources/duckdb.js'
import { groups } from '../../operators/records/groups.js'
import { layerKey } from './comparedBases.js'
import { nameOf } from './judgedLayers.js'
import { inOrder } from './measured.js'
import { among, checked, where, type Restriction } from './restriction.js'
import { count } from './words.js'

/** A layer as one run ranked it. */
export interface RankedRows {
  /** What the page calls the layer. */
  readonly name: string
  /** Coherence of the layer's directions, as the data set has it. */
  readonly rows: readonly [Coherence, ...Coherence[]]
  /** The rows with a layer's name that says what tells it from other runs of the same layer. */
  readonly told: readonly Coherence[]
  /** Data sets and splits of its images; none where its ranks are lost. */
  readonly from: readonly string[]
}

/** SQL for how coherent the images of each direction are. */
export const coherenceRows = ({ runs }: Restriction = {}) =>
  `SELECT run, model, layer, side, pool, basis, centered, coalesce("grouping", 'class') AS "grouping",
  direction, "end", k, images, tied, label,
  purity, entropy, purity_p AS "purityP", entropy_p AS "entropyP", least_p AS "leastP"
FROM coherence${where(among('run', runs))}
ORDER BY filename, file_row_number`

/** SQL for what images a run ranked. */
const RANKED_IMAGES = 'SELECT DISTINCT run, dataset, split FROM ranks ORDER BY ALL'

/** The layers that a data set has the coherence of: by model, layer and side, in the order of their names. */
export async function rankedLayers(
  database: Database,
  restriction: Restriction,
  files: readonly LakeFile[],
): Promise<readonly RankedRows[]> {
  const rows = await database.rows<Coherence>(coherenceRows(checked(restriction)))
  if (rows.length === 0) return []
  const images = await database.rows<{ run: string; dataset: string; split: string }>(RANKED_IMAGES)
  const layers = groups(rows, layerKey).map((own) => {
    const from = images.filter(({ run }) => run === own[0].run)
    const seed = files.find(({ table, step }) => table === 'coherence' && step === own[0].run)?.metadata[
      'seed'
    ]
    return {
      rows: own,
      seed: typeof seed === 'number' ? `seed ${seed}` : '',
      from: from.map(({ dataset, split }) => `${dataset} ${split}`),
    }
  })
  const models = inOrder(layers.map((layer) => layer.rows[0].model))
  const inNames = new Intl.Collator('en', { numeric: true })
  const sorted = layers.sort((a, b) => {
    const [x, y] = [a.rows[0], b.rows[0]]
    return (
      models.indexOf(x.model) - models.indexOf(y.model) ||
      inNames.compare(x.layer, y.layer) ||
      inNames.compare(x.side, y.side) ||
      x.images - y.images ||
      inNames.compare(a.seed, b.seed)
    )
  })
  return groups(sorted, ({ rows: [first] }) => [nameOf(first)]).flatMap(named)
}

interface Unnamed extends Omit<RankedRows, 'name' | 'told'> {
  /** Seed of the ranking; empty where it is not known. */
  readonly seed: string
}

/** Layers of the same name, named by what they differ in. */
function named(same: readonly Unnamed[]): readonly RankedRows[] {
  const facts = same.map(({ rows: [first, ...others], seed, from }) => [
    first.pool,
    first.centered ? 'centred' : '',
    seed,
    from.join(', '),
    `${count(first.images)} images`,
    `${count(new Set([first, ...others].map(({ direction }) => direction)).size)} directions`,
  ])
  const telling = facts[0].map((fact, i) => facts.some((other) => other[i] !== fact))
  const words = facts.map((own) => own.filter((fact, i) => telling[i] && fact !== ''))
  return same.map(({ rows, from }, at) => {
    const [first] = rows
    const alone = words.filter((other) => other.join() === words[at].join()).length === 1
    const differing = [...words[at], ...(alone ? [] : [`run ${first.run.slice(0, 6)}`])]
    const told = [first.layer, ...differing].join(', ')
    return {
      ...{ rows, from },
      name: nameOf({ ...first, layer: told }),
      told: rows.map((row) => ({ ...row, layer: told })),
    }
  })
}
