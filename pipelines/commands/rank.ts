import { InvalidArgumentError, Option, type Command } from 'commander'
import { COHERENCE_SIZES } from '../../operators/coherence.js'
import { POOLINGS, type Pooling } from '../../operators/records/activation.js'
import { BlindspotError, printable } from '../../operators/errors.js'
import type { Database } from '../../sources/duckdb.js'
import type { RankSpec } from '../steps/rankedLayer.js'
import type { Step } from '../steps/stepKind.js'
import type { Units } from '../tables/unitsTable.js'
import {
  command,
  folderOrWire,
  interrupt,
  print,
  takeBackend,
  whole,
  WIRE,
  type CommonOptions,
} from './command.js'
import { absolute } from '../../sources/place.js'
import { localFolder } from '../../sources/objects/localFolder.js'
import { withTableFormat } from './tableFormat.js'
import { preprocessOf, withPreprocess, type PreprocessOptions } from './preprocess.js'
import { withWriting, writingOf, type WritingOptions } from './writing.js'

interface Options extends CommonOptions, WritingOptions, PreprocessOptions {
  readonly layer: string
  readonly data: string
  readonly directions?: readonly string[]
  readonly count?: number
  readonly top: number
  readonly seed: number
  readonly center?: boolean
  readonly pre?: boolean
  readonly pool?: Pooling
  readonly name?: string
  readonly limit?: number
  readonly figures: boolean
  readonly out: string
}

const BASES = ['units', 'gaussian', 'rotation', 'principal']
/** The library's names of bases by those of the command line. */
const BASIS_OF: Readonly<Record<string, string>> = {
  units: 'unit',
  ...{ unit: 'unit', gaussian: 'gaussian', rotation: 'rotation', principal: 'principal' },
}
const CONTROLS = ['pixels', 'untrained']
/** Values of an image up to which its pixels are ranked, too, where nobody says: directions have as many, for each unit. */
const MOST_PIXELS = 64 * 64 * 3

/** `blindspot rank`: direction ranking. */
export function rankCommand(): Command {
  const described = withWriting(command('rank'))
    .description('the images with the largest and least values along units and random directions of a layer')
    .argument('<model>', 'folder with model.json, or that file')
    .requiredOption('--layer <name>', 'such as hidden1; an unknown one is answered with those that there are')
    .requiredOption('--data <source>', 'such as mnist:test')
    .option(
      '--directions <basis...>',
      `${BASES.join(', ')}, or Parquet, Arrow and Feather files with a direction per row; ${CONTROLS.join(' and ')}: the same of the images and of the network before its training, as controls (default: units gaussian rotation ${CONTROLS.join(' ')}, pixels for inputs of up to 64 × 64 × 3 values, untrained where the model tells how it began)`,
      bases,
    )
    .option('--count <n>', 'directions of each basis (default: as many as the layer has units)', whole(1))
    .option('--top <k>', 'images kept at either end of a direction', whole(1), 64)
    .option(
      '--center',
      'subtract the mean activation: other values, the same ranks, other principal directions',
    )
    .option('--pre', 'before the layer’s activation function')
    .addOption(
      new Option(
        '--pool <how>',
        'positions of a convolution: a channel’s max or mean, or none, every position a unit (default: "max")',
      ).choices(POOLINGS),
    )
    .option('--seed <n>', 'of the random directions and the control', whole(0), 1)
    .option('--name <name>', 'what the model is called in the data set (default: its own, or its folder)')
    .option('--limit <n>', 'only the first so many images', whole(1))
    .option('--no-figures', 'without DIR/figures/MODEL-LAYER-{coherent,random}.png')
    .requiredOption(
      '--out <dir>',
      'data set to write or go on with: tables ranks, coherence, images; -: the rows of ranks as an Arrow stream on standard output',
      folderOrWire,
    )
    .action(act)
  return withTableFormat(withPreprocess(described))
}

async function act(model: string, options: Options): Promise<void> {
  const { tableText } = await import('../../sinks/table/text.js')
  const { askData } = await import('../tables/askData.js')
  const { units } = await import('../tables/units.js')
  const { performInto } = await import('./performInto.js')
  const { progressBar } = await import('./progressBar.js')
  const { warnUnreadable } = await import('./warnUnreadable.js')
  const { readInput } = await import('./input.js')
  await readInput(options.data)
  const step = await rankingOf(model, options)
  await takeBackend(options)
  const bar = progressBar({ silent: options.json })
  try {
    const { backend } = options
    const { signal } = interrupt
    const effort = { backend, signal, onProgress: bar.onProgress, ...writingOf(options) }
    if (options.out === WIRE) {
      const { streamAndTell } = await import('./wire.js')
      await streamAndTell(options, 'ranks', [step], effort, bar)
      return
    }
    const { lake, performed } = await performInto(options.out, [step], effort)
    const runs = performed.map(({ run }) => run)
    const files = performed.flatMap((one) => one.files.map(({ path }) => path))
    const ask = async (database: Database) => {
      const told = await units(database, { runs })
      if (!options.figures) return { ...told, figures: [] }
      // takes a quarter of a second to load
      const { directionFigures } = await import('../figures/directions.js')
      return {
        ...told,
        figures: await directionFigures(database, lake.folder, { runs, byRun: true, signal }),
      }
    }
    const { figures, ...told } = await askData(lake, ask, { tables: ['ranks', 'coherence', 'images'] })
    bar.stop()
    const unreadable = warnUnreadable(lake.folder, performed)
    const { coherence, differences, represented, verdict, purity } = told
    const { columns: width } = process.stdout
    print(
      options,
      { coherence, differences, represented, verdict, unreadable, files, figures },
      tableText(purity, { width }),
      ...said(options, told, lake.folder).map((line) => printable(line)),
      ...files,
      ...figures,
    )
  } finally {
    bar.stop()
  }
}

/** The step of a ranking. */
export async function rankingOf(
  model: string,
  {
    layer,
    data,
    directions,
    count,
    top,
    seed,
    center,
    pre,
    pool,
    name,
    limit,
    preprocess,
  }: Omit<Options, 'out' | 'figures'>,
): Promise<Step<RankSpec>> {
  const { rankStep } = await import('../steps/rankStep.js')
  const own = preprocessOf({ ...(preprocess !== undefined && { preprocess }) })
  const asked = directions ?? ['units', 'gaussian', 'rotation', ...(await usualControls(model, own))]
  const basis = asked
    .filter((text) => !CONTROLS.includes(text))
    .map((text) => BASIS_OF[text] ?? absolute(text))
  if (basis.length === 0)
    throw new BlindspotError(
      'bad-option',
      `directions: ${asked.join(' and ') || 'none'} alone; name what they are compared with, such as units or gaussian`,
    )
  return rankStep({
    model: { path: absolute(model), ...(name !== undefined && { name }), ...own },
    layer,
    images: { source: data, ...(limit !== undefined && { first: limit }) },
    ...{ pre, pool },
    passes: [{ basis, count, top, seed, center }],
    controls: {
      pixels: asked.includes('pixels'),
      untrained: asked.includes('untrained') && (directions === undefined ? 'known' : true),
    },
  })
}

/** What a layer is compared with where nobody says. */
async function usualControls(model: string, own: PreprocessOptions): Promise<readonly string[]> {
  const { modelReference } = await import('../../operators/tensor/modelReference.js')
  const { valuesOf } = await import('../steps/images.js')
  const { framing } = await modelReference(await localFolder(model), own)
  return valuesOf(framing) <= MOST_PIXELS ? CONTROLS : CONTROLS.filter((control) => control !== 'pixels')
}

/** The verdict of a ranking, or why there is none; the k of which nothing is known, and where the rest is. */
function said(
  { top, directions }: Options,
  { coherence, verdict }: Units,
  folder: string,
): readonly string[] {
  const images = coherence.at(0)?.images
  const sizes = new Set(coherence.map(({ k }) => k))
  const lacking = COHERENCE_SIZES.filter((k) => !sizes.has(k))
  const bases = new Set(coherence.map(({ basis }) => basis))
  const why = bases.has('unit') ? 'without gaussian or rotated directions' : 'without units'
  return [
    ...(lacking.length === 0
      ? []
      : [`not for k = ${lacking.join(', ')}: --top ${top} of ${images ?? 'the'} images keeps too few`]),
    ...(directions === undefined && coherence.length > 0 && !bases.has('untrained gaussian')
      ? ['not beside the network untrained: its model.json does not tell how it began']
      : []),
    verdict?.sentence ?? `no verdict: ${coherence.length === 0 ? 'too few images' : why}`,
    ...(coherence.length === 0
      ? []
      : [
          `the entropy of the labels, other k and the rule of the verdict: blindspot report ${folder}; the numbers alone: blindspot query ${folder} direction-coherence`,
        ]),
  ]
}

/** Names of bases and files, given apart or with commas. */
function bases(text: string, before: readonly string[] = []): readonly string[] {
  const isKnown = (name: string) =>
    [...BASES, ...CONTROLS].includes(name) || name === 'unit' || /\.(parquet|arrows?|feather)$/.test(name)
  const names = text.split(',')
  if (names.every(isKnown)) return [...before, ...names]
  // a path may have commas
  if (isKnown(text)) return [...before, text]
  throw new InvalidArgumentError(
    `expected ${BASES.join(', ')} or a file *.parquet, *.arrow or *.feather, or of the controls ${CONTROLS.join(' and ')}`,
  )
}
