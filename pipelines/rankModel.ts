import type { Classifier } from '../operators/classifier.js'
import { BlindspotError } from '../operators/errors.js'
import type { BasisName, DirectionMatrix } from '../operators/ranking/basis.js'
import type { Pooling } from '../operators/records/activation.js'
import { useBackend, type BackendName } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { untrainedClassifier } from '../operators/tensor/training/untrained.js'
import { openLake, type Lake } from '../sinks/lake/lake.js'
import { readDirections } from '../sources/directions.js'
import { openDatabase } from '../sources/duckdb.js'
import { parseSource } from '../sources/source.js'
import type { IntoOptions } from './steps/attack.js'
import { imagesOf, provenance } from './steps/provenance.js'
import { rankInto, type RankFiles } from './steps/rank.js'
import { requireSameModel } from './steps/requireSameModel.js'
import { units, type Units } from './tables/units.js'

/** A ranking as the command line has it. */
export interface RankRequest {
  /** Folder with `model.json`, or that file. */
  readonly model: string
  /** What the model is called in the data set. Default: the name in its provenance, or else its folder's. */
  readonly name?: string | undefined
  readonly layer: string
  /** SOURCE. */
  readonly data: string
  /**
   * Bases by name, Parquet and Arrow files of directions, and the controls `pixels` and `untrained`. Default: units, gaussian,
   * rotation and both controls, `untrained` where the model's provenance tells its architecture and seed.
   */
  readonly directions?: readonly string[] | undefined
  readonly count?: number | undefined
  readonly top?: number | undefined
  readonly seed?: number | undefined
  readonly center?: boolean | undefined
  readonly pre?: boolean | undefined
  readonly pool?: Pooling | undefined
  /** Only the first so many images. */
  readonly limit?: number | undefined
  readonly backend?: BackendName | undefined
  /** Draw the rows of images. Default true. */
  readonly figures?: boolean | undefined
  /** Folder of the data set. */
  readonly out: string
}

/** What the rows say: `represented` is none without controls, the verdict without units or random directions. */
export interface RankSummary extends Units {
  /** Parquet files of the tables `ranks`, `coherence` and `images`. */
  readonly files: readonly string[]
  /** PNG files. */
  readonly figures: readonly string[]
}

const BATCH = 256
const BASES = ['units', 'gaussian', 'rotation']
const [PIXELS, UNTRAINED] = ['pixels', 'untrained']
const NAMES: ReadonlyMap<string, BasisName> = new Map([
  ['units', 'unit'],
  ['unit', 'unit'],
  ['gaussian', 'gaussian'],
  ['rotation', 'rotation'],
  ['principal', 'principal'],
])

/** Ranks the images of a SOURCE along directions of a layer, and writes the tables `ranks`, `coherence` and `images`. */
export async function rankModel(request: RankRequest, into: IntoOptions): Promise<RankSummary> {
  const { layer, out, pre, pool, limit, name, count, top, seed, center } = request
  const source = parseSource(request.data)
  const { directions = [...BASES, PIXELS, UNTRAINED] } = request
  const isControl = (text: string) => text === PIXELS || text === UNTRAINED
  const basis = await Promise.all(directions.filter((text) => !isControl(text)).map(basisOf))
  if (basis.length === 0)
    throw new BlindspotError(
      'bad-option',
      `directions: ${directions.join(' and ') || 'none'} alone; name what they are compared with, such as units or gaussian`,
    )
  await useBackend(request.backend)
  const classifier = await loadClassifier(request.model, name === undefined ? {} : { name })
  let untrained: Classifier | undefined
  try {
    if (directions.includes(UNTRAINED))
      untrained = await untrainedFor(request, classifier, request.directions !== undefined)
    const identity = await source.identity()
    const images = Math.min((await source.count()) ?? Infinity, limit ?? Infinity)
    const lake = await openLake(out)
    requireSameModel(lake, classifier, 'ranks')
    const files = await rankInto(
      lake,
      {
        model: classifier,
        layer,
        activations: { pre, pool },
        images: () => source.open({ limit, batchSize: BATCH }),
        count: images,
        selection: { ...identity, count: images },
        passes: [{ basis, count, top, seed, center }],
        controls: { pixels: directions.includes(PIXELS), untrained },
        provenance: { ...(await provenance()), images: imagesOf(request.data, identity) },
      },
      into,
    )
    await lake.verify([files.ranks, files.coherence, files.images])
    return await summaryOf(lake, files, request.figures !== false, into.signal)
  } finally {
    classifier.dispose()
    untrained?.dispose()
  }
}

/** The model before its training, where that is known and has the layer. */
async function untrainedFor(
  { model, layer }: RankRequest,
  classifier: Classifier,
  isAsked: boolean,
): Promise<Classifier | undefined> {
  const found = await untrainedClassifier(model, classifier)
  const shape = (of: Classifier) => (of.layers.includes(layer) ? of.layerShape(layer).join() : undefined)
  if (found && shape(found) === shape(classifier)) return found
  found?.dispose()
  if (!isAsked) return undefined
  throw new BlindspotError(
    'bad-option',
    `directions: untrained needs to know how ${classifier.name} began, and its model.json names ` +
      `${found ? `an architecture without its layer ${layer}` : 'no architecture and seed of blindspot train'}; leave it out`,
  )
}

/** What the rows of a ranking say, and the PNG files. */
async function summaryOf(
  { folder }: Lake,
  files: RankFiles,
  isDrawn: boolean,
  signal: AbortSignal | undefined,
): Promise<RankSummary> {
  const database = await openDatabase(
    Object.entries(files).map(([table, { path }]) => ({ table, paths: [path] })),
  )
  try {
    const runs = [files.coherence.step]
    const paths = Object.values(files).map(({ path }) => path)
    const told = await units(database, { runs })
    if (!isDrawn) return { ...told, files: paths, figures: [] }
    // takes a quarter of a second to load
    const { directionFigures } = await import('./figures/directions.js')
    return {
      ...told,
      files: paths,
      figures: await directionFigures(database, folder, { runs, byRun: true, signal }),
    }
  } finally {
    database.close()
  }
}

const basisOf = async (text: string): Promise<BasisName | DirectionMatrix> =>
  NAMES.get(text) ?? readDirections(text)
