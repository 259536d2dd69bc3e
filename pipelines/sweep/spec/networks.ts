import { formatArchitecture, parseArchitecture, sizeOfArchitecture } from '../../../operators/architecture.js'
import { BlindspotError } from '../../../operators/errors.js'
import { requireClasses } from '../../../operators/tensor/training/requireClasses.js'
import { DIGITS } from '../../../sources/mnistSource.js'
import { HALVES } from '../../../sources/select.js'
import { parseSource, USUAL_SOURCE } from '../../../sources/source.js'
import { testSplit, withHalf } from '../../../sources/splitText.js'
import type { TrainSpec } from '../../steps/trainSpec.js'
import { configurationOf } from '../../steps/trainNames.js'
import { combinations } from './combinations.js'
import { weightsOf } from '../cost.js'
import type { NetworkGrid } from './sweepSpec.js'
import { holds, type Fields } from './where.js'

/** A network of a sweep. */
export interface SweptNetwork {
  readonly name: string
  readonly train: TrainSpec
  /** What conditions can ask of it. */
  readonly fields: Fields
  /** What trainings and attacks take grows with it: the network's weights. */
  readonly weights: number
}

/** The networks of some grids, each once, those with the most weights first: they take longest. */
export function networksOf(grids: readonly NetworkGrid[]): readonly SweptNetwork[] {
  const networks = new Map<string, SweptNetwork>()
  for (const grid of grids)
    for (const network of combinationsOf(grid)) {
      const { name } = network
      const other = networks.get(name)
      if (other && JSON.stringify(other.train) !== JSON.stringify(network.train))
        throw new BlindspotError(
          'bad-option',
          `train: two networks would be called ${name}, which differ in data or test; put them into data sets of their own`,
        )
      if (!other) networks.set(name, network)
    }
  if (networks.size === 0)
    throw new BlindspotError(
      'bad-option',
      'train.where: expected conditions that a combination meets, got none left',
    )
  return [...networks.values()].sort((a, b) => b.weights - a.weights)
}

function combinationsOf({
  where = [],
  classes = 10,
  data = USUAL_SOURCE,
  test,
  ...grid
}: NetworkGrid): readonly SweptNetwork[] {
  checkSource('train.data', data)
  if (test !== undefined) checkSource('train.test', test)
  const {
    architecture,
    depth,
    width,
    convolutions,
    activation,
    bias,
    lambda,
    seed = [1],
    half = ['all'],
    ...options
  } = grid
  const forms = architecture ?? formsOf({ depth, width, convolutions, activation, bias, classes })
  const trainings = combinations({ form: forms, lambda: lambda ?? [undefined], seed, half, ...options })
  return trainings
    .map((one) => networkOf(one, data, test ?? testSplit(data) ?? data))
    .filter(({ fields }) => where.every((condition) => holds(condition, fields)))
}

/** Checks that a text is a SOURCE; what it has is found out later. */
export function checkSource(key: string, text: string): void {
  try {
    parseSource(text)
  } catch (cause) {
    throw new BlindspotError('bad-option', `${key}: ${(cause as Error).message}`, { cause })
  }
}

/** What is varied beside an architecture's form. */
interface Combination {
  readonly form: string
  readonly lambda: number | undefined
  readonly seed: number
  readonly half: 'all' | (typeof HALVES)[number]
  readonly limit?: number
  readonly [option: string]: unknown
}

function networkOf(
  { form, lambda, seed, half, limit, ...options }: Combination,
  data: string,
  test: string,
): SweptNetwork {
  if (lambda !== undefined && form.includes('('))
    throw new BlindspotError(
      'bad-option',
      `train.architecture: expected no λ of its own where lambda is given, got ${form}`,
    )
  const architecture = parseArchitecture(lambda === undefined ? form : `${form}(${lambda})`)
  // the classes of MNIST are known before it is there
  if (data.startsWith('mnist:')) requireClasses(architecture, DIGITS)
  const [text, size] = [formatArchitecture(architecture), sizeOfArchitecture(architecture)]
  const spec = {
    architecture: text,
    images: {
      source: half === 'all' ? data : withHalf(data, half),
      ...(limit !== undefined && { first: limit, shuffle: seed }),
    },
    options,
  }
  const name = `${configurationOf(spec)}#${seed}`
  return {
    name,
    train: { ...spec, name, test: { source: test }, seed, folder: `networks/${folderName(name)}` },
    fields: {
      ...options,
      ...{ seed, half, limit, depth: size.depth, width: size.width, activation: size.activation },
      architecture: text.replace(/\(.*\)$/, ''),
      convolutions: /^CNN(\d+x\d+(?:-\d+x\d+)*)/.exec(text)?.[1] ?? 'none',
      bias: architecture.bias !== false,
      lambda: Number.isNaN(size.weightDecay) ? undefined : size.weightDecay,
    },
    weights: weightsOf(text),
  }
}

/** Dense architectures of a depth and a width, below them convolutions where they are asked for. */
function formsOf({
  depth = [0],
  width = [0],
  convolutions = ['none'],
  activation,
  bias,
  classes,
}: Pick<NetworkGrid, 'depth' | 'width' | 'convolutions' | 'activation' | 'bias'> & {
  readonly classes: number
}): readonly string[] {
  const all = combinations({
    depth,
    width,
    convolutions,
    activation: activation ?? [undefined],
    bias: bias ?? [true],
  })
  return all.map((one) => {
    const kind = one.convolutions === 'none' ? 'FC' : `CNN${one.convolutions}-`
    const units = [...Array.from({ length: one.depth }, () => one.width), classes].join('-')
    const isActive = one.activation !== undefined && (one.depth > 0 || kind !== 'FC')
    return `${kind}${units}${one.bias ? '' : '-nobias'}${isActive ? `:${one.activation}` : ''}`
  })
}

/** A name as a folder's, on every system. */
const folderName = (name: string) =>
  name.replace(/[^\w()@#=.,+-]/g, (character) => encodeURIComponent(character).replace('*', '%2A'))
