import type { BasisName, DirectionMatrix } from '../operators/ranking/basis.js'
import type { Pooling } from '../operators/records/activation.js'
import type { Coherence } from '../operators/records/coherence.js'
import { useBackend, type BackendName } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { openLake, type Lake } from '../sinks/lake.js'
import type { Verdict } from '../sinks/report/content.js'
import { readDirections } from '../sources/directions.js'
import { dataHash } from '../sources/mnist.js'
import { parseSource } from '../sources/parse.js'
import { readRecords } from '../sources/records.js'
import type { IntoOptions } from './attackInto.js'
import {
  basisCoherence,
  basisDifferences,
  type BasisCoherence,
  type BasisDifference,
} from './compareBases.js'
import { imagesOf, provenance } from './provenance.js'
import { rankInto, type RankFiles } from './rankInto.js'
import { requireSameModel } from './requireSameModel.js'
import { unitsVerdict } from './unitsVerdict.js'

/** A ranking as the command line has it. */
export interface RankRequest {
  /** Folder with `model.json`, or that file. */
  readonly model: string
  /** What the model is called in the data set. Default: the name in its provenance, or else its folder's. */
  readonly name?: string | undefined
  readonly layer: string
  /** SOURCE. */
  readonly data: string
  /** Bases by name, or Parquet and Arrow files of directions. */
  readonly directions: readonly string[]
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

export interface RankSummary {
  readonly coherence: readonly BasisCoherence[]
  readonly differences: readonly BasisDifference[]
  /** None where there are no units or no random directions. */
  readonly verdict: Verdict | undefined
  /** Parquet files of the tables `ranks`, `coherence` and `images`. */
  readonly files: readonly string[]
  /** PNG files. */
  readonly figures: readonly string[]
}

const BATCH = 256
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
  const basis = await Promise.all(request.directions.map(basisOf))
  await useBackend(request.backend)
  const classifier = await loadClassifier(request.model, name === undefined ? {} : { name })
  try {
    const bytes = await source.bytes({ limit })
    const lake = await openLake(out)
    requireSameModel(lake, classifier, 'ranks')
    const files = await rankInto(
      lake,
      {
        model: classifier,
        layer,
        activations: { pre, pool },
        images: () => source.open({ limit, batchSize: BATCH }),
        count: bytes.index.length,
        selection: { dataset: bytes.dataset, split: bytes.split, hash: dataHash(bytes) },
        passes: [{ basis, count, top, seed, center }],
        provenance: { ...(await provenance()), images: imagesOf(request.data, bytes) },
      },
      into,
    )
    await lake.verify([files.ranks, files.coherence, files.images])
    return {
      ...(await summaryOf([files])),
      files: Object.values(files).map(({ path }) => path),
      figures: request.figures === false ? [] : await figuresOf(lake, files),
    }
  } finally {
    classifier.dispose()
  }
}

/** The PNG files, by what takes a quarter of a second to load. */
async function figuresOf(lake: Lake, files: RankFiles): Promise<readonly string[]> {
  const { rankFigures } = await import('./rankFigures.js')
  return rankFigures(lake.folder, files, files.ranks.step.slice(0, 8))
}

/** What the rows of some rankings say. */
export async function summaryOf(
  rankings: readonly RankFiles[],
): Promise<Pick<RankSummary, 'coherence' | 'differences' | 'verdict'>> {
  const rows: Coherence[] = []
  for (const { coherence } of rankings)
    for await (const some of readRecords('coherence', coherence.path)) rows.push(...some)
  const [means, differences] = [basisCoherence(rows), basisDifferences(rows)]
  return { coherence: means, differences, verdict: unitsVerdict(means, differences) }
}

const basisOf = async (text: string): Promise<BasisName | DirectionMatrix> =>
  NAMES.get(text) ?? readDirections(text)
