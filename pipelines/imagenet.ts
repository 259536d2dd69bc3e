import type { Classifier } from '../operators/classifier.js'
import { BlindspotError } from '../operators/errors.js'
import { useBackend } from '../operators/tensor/backend.js'
import type { Lake } from '../sinks/lake/lake.js'
import type { Database } from '../sources/duckdb.js'
import type { ImagenetSettings, PlannedNetwork } from './imagenetSteps.js'
import type { Results } from './results.js'
import { Models } from './steps/models.js'
import { performAll } from './steps/step.js'
import type { Effort, Performed, PlannedStep } from './steps/stepKind.js'
import { askData } from './tables/askData.js'
import type { PhotographTables } from './tables/dataSet.js'
import { sizeFromShape } from '../operators/classifier/sizeFromShape.js'
import { absolute } from '../sources/place.js'
import { requireKnown } from '../operators/options/knownOptions.js'
import { requireText, requireTextsIn } from '../operators/options/requireKinds.js'

export interface ImagenetPaperOptions
  extends
    ImagenetSettings,
    Pick<Effort, 'backend' | 'signal' | 'onProgress' | 'workers' | 'batchSize' | 'writing'> {
  /** Networks on photographs: folders with `model.json`, or those files. */
  readonly models: readonly string[]
  /** A file that says what is done to photographs, in place of the preprocess.json beside each model.json. */
  readonly preprocess?: string | undefined
  /** Layers that are ranked of each network that has them. Default: of each the last before its logits. */
  readonly layers?: readonly string[] | undefined
  /** Folder of the data set. */
  readonly out: string
  /** Write the page `OUT/report.html`. Default true. */
  readonly report?: boolean | undefined
}

export interface ImagenetPaperResult extends Results<keyof PhotographTables | 'accuracy'> {
  /** Photographs that could not be read; the table `errors` says which, and why. */
  readonly unreadable: number
  /** The data set's folder, and the rows of its tables. */
  readonly folder: string
  readonly rows: readonly (readonly [table: string, rows: number])[]
  readonly backend: string
}

/**
 * What `paper` is for MNIST, on photographs and networks that are there: evaluates the networks, attacks each, shows every
 * network's examples to every other, as they are and as 8-bit files, with noise of their size as control, ranks the photographs
 * along the units and random directions of a layer, and makes tables, figures and a page of it. What the data set has already is
 * not made again.
 *
 * @throws BlindspotError `bad-option` for no network or two of one name; those of `perform`
 * @example
 * await imagenetPaper({ source: 'imagenet:ILSVRC2012/val', models: ['squeezenet1.1'], out: 'results-imagenet' })
 */
export async function imagenetPaper(options: ImagenetPaperOptions): Promise<ImagenetPaperResult> {
  requireKnown<ImagenetPaperOptions>('imagenetPaper', options, {
    models: true,
    preprocess: true,
    layers: true,
    out: true,
    report: true,
    source: true,
    images: true,
    limit: true,
    seed: true,
    backend: true,
    batchSize: true,
    workers: true,
    signal: true,
    onProgress: true,
    writing: true,
  })
  requireText('imagenetPaper: out', options.out, 'the path of a folder')
  requireText('imagenetPaper: source', options.source, 'a text, such as imagenet:ILSVRC2012/val')
  requireTextsIn('imagenetPaper: models', options.models, 'paths of models')
  if (options.layers !== undefined) requireTextsIn('imagenetPaper: layers', options.layers, 'names of layers')
  const { backend: choice, signal, onProgress, workers, batchSize, writing, report } = options
  const folder = absolute(options.out)
  const models = new Models(folder, choice)
  try {
    const { name: backend } = await useBackend(choice)
    const { attackPlan, examplesPlan } = await import('./imagenetSteps.js')
    const networks = await networksOf(options, models)
    const { withLake } = await import('../sinks/lake/withLake.js')
    return await withLake(folder, async (lake) => {
      const effort: Effort = { backend: choice, signal, onProgress, workers, batchSize, writing }
      const perform = (steps: readonly PlannedStep[]): Promise<readonly Performed[]> =>
        performAll(lake, steps, effort, models)
      const attacked = await perform(attackPlan(networks, options))
      const sizes = await sizesOf(lake, attacked)
      const others = await perform(examplesPlan(networks, options, sizes))
      const runs = [...attacked, ...others].map(({ run }) => run)
      await lake.checkpoint()
      const { resultsOf, rowCounts } = await import('./results.js')
      const { unreadableImages } = await import('./tables/unreadable.js')
      const made = await resultsOf(lake, {
        choose: ({ photographs, accuracy }) => ({ ...photographs, accuracy }),
        restriction: { runs },
        drawn: networks.map(({ name }) => name),
        ...{ report, signal },
      })
      const unreadable = await askData(lake, (database) => unreadableImages(database, runs), {
        tables: ['errors'],
      })
      return { ...made, unreadable, folder, rows: await rowCounts(lake), backend }
    })
  } finally {
    await models.dispose()
  }
}

/** The networks by their names, with what is to be known of them before the work begins. */
async function networksOf(
  { models: paths, layers, source, preprocess }: ImagenetPaperOptions,
  models: Models,
): Promise<readonly PlannedNetwork[]> {
  if (paths.length === 0)
    throw new BlindspotError('bad-option', 'models: expected one or more networks, got none')
  const { openImages } = await import('./steps/images.js')
  const { areOf } = await import('./steps/ownLabels.js')
  // the labels are the same however photographs are framed
  const images = await openImages({ source }, models)
  const networks: PlannedNetwork[] = []
  for (const path of paths.map(absolute)) {
    const given = preprocess === undefined ? {} : { preprocess: absolute(preprocess) }
    const classifier = await models.classifier({ path, ...given })
    const { name, inputShape } = classifier
    const twin = networks.find((other) => other.name === name)
    if (twin)
      throw new BlindspotError(
        'bad-option',
        `models: expected a name of its own for each network, got ${name} of ${twin.path} and of ${path}; ` +
          'import or train one with --name, or change the name in its model.json',
      )
    const own = layers?.filter((layer) => classifier.layers.includes(layer)) ?? lastHidden(classifier)
    networks.push({ path, ...given, name, inputShape, isLabelled: areOf(images, classifier), layers: own })
  }
  const unknown = layers?.find((layer) => networks.every((network) => !network.layers.includes(layer)))
  if (unknown !== undefined)
    throw new BlindspotError(
      'bad-option',
      `layers: none of ${networks.map(({ name }) => name).join(', ')} has a layer ${unknown}; blindspot rank lists those that there are`,
    )
  return networks
}

/**
 * The last layer that computes something and does not have a unit or channel for each class, as those before the logits may:
 * one that only pads what comes before it, or makes one row of it, is not meant.
 */
function lastHidden(classifier: Classifier): readonly string[] {
  const { layers, classes } = classifier
  const shapes = layers.map((layer) => classifier.layerShape(layer))
  const isHidden = (at: number) => {
    const [own, before] = [shapes[at], shapes.at(at - 1)]
    if (own.at(-1) === classes) return false
    if (at === 0 || before === undefined) return true
    const isPadding = own.at(-1) === before.at(-1) && sizeFromShape(own) > sizeFromShape(before)
    const isFlattening = own.length < before.length && sizeFromShape(own) === sizeFromShape(before)
    return !isPadding && !isFlattening
  }
  return layers
    .slice(0, -1)
    .filter((_, at) => isHidden(at))
    .slice(-1)
}

/** The average distortion of each network's examples, as the noise beside it has it; of those that have any. */
async function sizesOf(lake: Lake, attacked: readonly Performed[]): Promise<ReadonlyMap<string, number>> {
  const { noiseFor } = await import('./tables/noiseFor.js')
  const { attacksOf } = await import('./tables/measure.js')
  const runs = attacked.map(({ run }) => run)
  const ask = (database: Database) => attacksOf(database, { runs })
  const attacks = await askData(lake, ask, { tables: ['examples'] })
  return new Map(
    attacks
      .filter(({ distortion }) => distortion.n > 0)
      .map(({ sourceModel: name, distortion }) => [name, noiseFor(distortion.value)]),
  )
}
