import { sizeFromShape } from '../../classifier/sizeFromShape.js'
import type { BuiltModel, Use } from '../model/build.js'
import { ownVariables } from '../model/ownVariables.js'
import type { Layer, SymbolicTensor } from '../tf.js'
import { affineOf, composed, tiled, type Affine } from './affine.js'
import { foldedBefore, foldedBehind, isLinear } from './kernels.js'
import { isPassing } from './passing.js'

/** A layer of TensorFlow.js on the way to the output. */
export type Step = Omit<Use, 'name'>

/** A model whose layers do as much as they can in one. */
export interface FoldedModel {
  readonly input: SymbolicTensor
  readonly output: SymbolicTensor
  /** What is computed for the output, in order. */
  readonly steps: readonly Step[]
  /** Every layer of the file as the file defines it; its output may be one that no step has. */
  readonly uses: readonly Use[]
  /** Names of the layers that others do too. */
  readonly inOthers: readonly string[]
}

/** What a tensor of the file is in the folded model: `affine` of `tensor`, as which `exact` is computed. */
interface Value {
  readonly tensor: SymbolicTensor
  readonly affine?: Affine | undefined
  readonly exact: SymbolicTensor
  /** What could do more of what comes behind it, that being all that uses it. */
  readonly linear?: { readonly layer: Layer; readonly input: SymbolicTensor } | undefined
}

/**
 * A model with its batch normalisations, rescalings and normalisations folded into the dense layers and convolutions
 * before or behind them, where that is exact but for rounding: behind one, if nothing else uses what it gives and it has no
 * activation function; before one, if the convolution is not padded, or nothing is added. Layers that do nothing at inference,
 * such as dropout, are left out. The values of layers by their names stay those of the file.
 *
 * @returns it, and what disposes of the weights that were made for it
 */
export function folded(model: BuiltModel): {
  readonly result: FoldedModel
  readonly dispose: () => void
} {
  return ownVariables(() => fold(model))
}

function fold({ input, output, uses }: BuiltModel): FoldedModel {
  const values = new Map<SymbolicTensor, Value>([[input, { tensor: input, exact: input }]])
  const makers = new Map<SymbolicTensor, Step>()
  const inOthers: string[] = []
  const users = counted([output, ...uses.flatMap(({ inputs }) => inputs)])
  const calls = counted(uses.map(({ layer }) => layer))
  const valueOf = (tensor: SymbolicTensor): Value => values.get(tensor) ?? { tensor, exact: tensor }
  const made = (layer: Layer, inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]) => {
    for (const tensor of outputs) makers.set(tensor, { layer, inputs, outputs })
  }
  /** A layer of the file on other inputs. */
  const applied = ({ layer, inputs, outputs }: Step, on: readonly SymbolicTensor[]) => {
    const same = on.every((tensor, i) => tensor === inputs[i])
    const result = same ? outputs : [layer.apply(on.length === 1 ? on[0] : [...on])].flat()
    made(layer, on, result as SymbolicTensor[])
    return result as readonly SymbolicTensor[]
  }

  const single = (use: Use): Value | undefined => {
    const { name, layer, inputs, outputs } = use
    if (inputs.length !== 1 || outputs.length !== 1) return undefined
    const value = valueOf(inputs[0])
    const isOnly = users.get(outputs[0]) === 1
    if (isPassing(layer)) return { ...value, linear: isOnly ? value.linear : undefined }
    // another call has other things before and behind it
    if (calls.get(layer) !== 1) return undefined
    const own = affineOf(layer, inputs[0].shape.length)
    if (own) {
      const { linear } = value
      const does = linear && !value.affine && foldedBehind(linear.layer, linear.input, own)
      if (!does) {
        const affine = composed(value.affine, own)
        const [exact] = applied(use, [value.exact])
        return affine ? { tensor: value.tensor, affine, exact } : { tensor: exact, exact }
      }
      made(does.layer, [linear.input], [does.output])
      inOthers.push(name)
      return whole(does.output, isOnly ? { layer: does.layer, input: linear.input } : undefined)
    }
    if (layer.getClassName() === 'Flatten' && value.affine) {
      const affine = tiled(value.affine, sizeOf(outputs[0]))
      const isFlat = layer.getConfig()['dataFormat'] !== 'channelsFirst'
      if (!affine || !isFlat) return undefined
      const [[tensor], [exact]] = [applied(use, [value.tensor]), applied(use, [value.exact])]
      return { tensor, affine: value.affine.scale.length === 1 ? value.affine : affine, exact }
    }
    if (!isLinear(layer)) return undefined
    const does = value.affine && foldedBefore(layer, value.tensor, value.affine)
    const last = does?.layer ?? layer
    const from = does ? value.tensor : value.exact
    if (does) made(last, [from], [does.output])
    const [tensor] = does ? [does.output] : applied(use, [from])
    const isPlain = isOnly && layer.getConfig()['activation'] === 'linear'
    return whole(tensor, isPlain ? { layer: last, input: from } : undefined)
  }

  const named: Use[] = []
  for (const use of uses) {
    const found = single(use)
    const inputs = use.inputs.map((tensor) => valueOf(tensor).exact)
    const outputs = found ? [found.exact] : applied(use, inputs)
    for (const [i, tensor] of use.outputs.entries()) values.set(tensor, found ?? whole(outputs[i]))
    named.push({ name: use.name, layer: use.layer, inputs, outputs })
  }
  const end = valueOf(output).exact
  const steps = stepsTo(end, makers)
  const done = new Set(steps.flatMap(({ outputs }) => outputs))
  const before = named.filter(({ layer, inputs, outputs }) => {
    return !isPassing(layer) && affineOf(layer, inputs[0].shape.length) && !done.has(outputs[0])
  })
  return {
    input,
    output: end,
    steps,
    uses: named,
    inOthers: [...inOthers, ...before.map(({ name }) => name)],
  }
}

function counted<T>(all: readonly T[]): ReadonlyMap<T, number> {
  const counts = new Map<T, number>()
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1)
  return counts
}

const whole = (tensor: SymbolicTensor, linear?: Value['linear']): Value => ({ tensor, exact: tensor, linear })

const sizeOf = ({ shape }: SymbolicTensor) => sizeFromShape(shape.slice(1).map((size) => size ?? 0))

/** The steps that a tensor is computed by, in an order in which they can be. */
function stepsTo(end: SymbolicTensor, makers: ReadonlyMap<SymbolicTensor, Step>): readonly Step[] {
  const ordered = new Set<Step>()
  const stack: { readonly tensor: SymbolicTensor; readonly open: boolean }[] = [{ tensor: end, open: false }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const step = makers.get(top.tensor)
    if (step === undefined || ordered.has(step)) continue
    if (top.open) ordered.add(step)
    else stack.push({ ...top, open: true }, ...step.inputs.map((tensor) => ({ tensor, open: false })))
  }
  return [...ordered]
}
