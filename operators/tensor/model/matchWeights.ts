import type { WeightSpec } from './modelJson.js'

/** A weight that a layer has. */
export interface Variable {
  /** The layer's name, for errors. */
  readonly layer: string
  /** What the layer's weights are called by: the models that it is in and itself. */
  readonly scope: readonly string[]
  /** The weight's own name, such as `kernel`. */
  readonly name: string
  /** The weight's place among those of its layer. */
  readonly index: number
}

/**
 * Which weight of a file is which of the layers'.
 *
 * A weight is called `layer/kernel`, by Keras 3 also `block/layer/kernel` or `model/block/layer/kernel`, with a cell's
 * name in between by TensorFlow 2.2, and `layer/0` by some. What could be several is told by what is left when the
 * others are known.
 *
 * @param inOrder whether weights of one name come in the order of their layers, as TensorFlow.js writes them
 * @param mayBeLeft whether a weight of this name may be of no layer
 * @returns the place of each variable's weight among `specs`
 * @throws Error for weights that are missing, left over or not to be told apart
 */
export function matchWeights(
  variables: readonly Variable[],
  specs: readonly WeightSpec[],
  inOrder: boolean,
  mayBeLeft: (name: string) => boolean,
): readonly number[] {
  const byName = new Map<string, Set<number>>()
  for (const [i, variable] of variables.entries())
    for (const name of namesOf(variable)) byName.set(name, (byName.get(name) ?? new Set()).add(i))
  const ofSpec = specs.map(({ name }) => {
    const known = spellings(name).find((spelling) => byName.has(spelling)) ?? ''
    return new Set(byName.get(known))
  })
  const ofVariable = variables.map(() => new Set<number>())
  for (const [spec, candidates] of ofSpec.entries()) for (const i of candidates) ofVariable[i].add(spec)

  const found = variables.map(() => -1)
  const settle = (variable: number, spec: number) => {
    found[variable] = spec
    for (const other of ofVariable[variable]) if (other !== spec) ofSpec[other].delete(variable)
    for (const other of ofSpec[spec]) if (other !== variable) ofVariable[other].delete(spec)
    ofSpec[spec] = new Set([variable])
    ofVariable[variable] = new Set([spec])
  }
  for (let before = -1, now = 0; now > before;) {
    before = now
    for (const [spec, candidates] of ofSpec.entries()) {
      const [only] = candidates
      if (candidates.size === 1 && found[only] < 0) settle(only, spec)
    }
    for (const [i, candidates] of ofVariable.entries()) {
      const [only] = candidates
      if (candidates.size === 1 && found[i] < 0) settle(i, only)
    }
    now = found.filter((spec) => spec >= 0).length
  }
  for (const [spec, candidates] of ofSpec.entries()) {
    const { name } = specs[spec]
    if (candidates.size === 0 && mayBeLeft(name)) continue
    if (candidates.size === 0)
      throw new Error(
        `weightsManifest: the weight ${JSON.stringify(name)} is of no layer, or of one that has it already`,
      )
    const [first] = candidates
    if (found[first] >= 0) continue
    const same = [...specs.keys()].filter((other) => specs[other].name === name && ofSpec[other].has(first))
    if (!inOrder || same.length !== candidates.size) {
      const layers = [...candidates].map((i) => JSON.stringify(variables[i].layer)).join(' and ')
      throw new Error(
        `weightsManifest: ${same.length} weights of the name ${JSON.stringify(name)} are of the layers ${layers}, and which is whose cannot be told: give the layers names of their own`,
      )
    }
    for (const [i, variable] of [...candidates].sort((a, b) => a - b).entries()) settle(variable, same[i])
  }
  const lacking = variables[found.indexOf(-1)] as Variable | undefined
  if (lacking === undefined) return found
  throw new Error(
    `weightsManifest: has no weight ${JSON.stringify(`${lacking.scope.at(-1) ?? ''}/${lacking.name}`)} for the layer ${JSON.stringify(lacking.layer)}`,
  )
}

/** What a variable can be called. */
function namesOf({ scope, name, index }: Variable): string[] {
  const prefixes = scope.map((_, i) => scope.slice(i).join('/'))
  // what Keras 3 calls the kernel of a depthwise convolution
  const own = [name, index, name.replace('depthwise_kernel', 'kernel')]
  const all = prefixes.flatMap((prefix) => own.map((one) => `${prefix}/${one}`))
  // of a Normalization Keras 2 gives no layer's name
  return ['mean', 'variance'].includes(name) ? [...all, name] : all
}

/** A weight's name in the file, or else without the model's or a cell's. */
function spellings(given: string): string[] {
  const name = given.replace(/:0$/, '')
  const parts = name.split('/')
  return [name, parts.slice(1).join('/'), [...parts.slice(0, -2), ...parts.slice(-1)].join('/')]
}
