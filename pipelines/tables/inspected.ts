import type { LeftOut, ModelInspection } from '../../operators/tensor/inspectModel.js'
import { framingText } from '../../operators/classifier/framing.js'
import type { Table } from '../../sinks/table/table.js'
import { numberCell, textCell } from './cells.js'
import { count } from './words.js'

/** The layers of a model. */
export const inspectedTable = ({ name, layers }: ModelInspection): Table => ({
  id: 'layers',
  title: name,
  claim: '',
  verdict: undefined,
  missing: [],
  of: 'layer',
  columns: [
    { key: 'kind', title: 'kind' },
    { key: 'shape', title: 'output' },
    { key: 'parameters', title: 'parameters' },
  ],
  rows: layers.map((layer) => ({
    name: layer.name,
    keys: { layer: layer.name },
    cells: [
      textCell([layer.kind, layer.activation].filter((one) => one !== null).join(', ')),
      textCell(layer.shape.join(' × ')),
      numberCell(layer.parameters, 'count'),
    ],
  })),
  notes: [],
  queries: [],
})

/** What there is to say of a model beside its layers, a line each. */
export function inspectedLines(model: ModelInspection): readonly string[] {
  const { classes, inputShape, box, parameters, framing, leftOut, fast, weightsHash } = model
  return [
    ...model.warnings.map((warning) => `warning: ${warning}`),
    `${count(classes)} classes of images [${inputShape.join(', ')}], pixels in the box [${box.join(', ')}]; ${count(parameters)} parameters`,
    preprocessLine(model),
    ...(framing ? [`photographs are cut to ${framingText(framing)}`] : []),
    ...WHYS.flatMap(([why, words]) => {
      const names = leftOut.filter((one) => one.why === why).map(({ name }) => name)
      return names.length > 0 ? [`${words}: ${names.join(', ')}`] : []
    }),
    fast.dense
      ? 'fast: a chain of dense layers, whose pass is written out'
      : `not the fast pass of dense chains: ${fast.why}`,
    `weights ${weightsHash}`,
  ]
}

const WHYS: readonly (readonly [LeftOut['why'], string])[] = [
  ['softmax', 'left out, since logits are given, the softmax of'],
  ['nothing at inference', 'left out, since they do nothing at inference'],
  ['folded', 'folded into other layers'],
  ['unused', 'not on the way to the output'],
]

function preprocessLine({
  preprocess: { from, scale, offset, channelOrder, layout },
}: ModelInspection): string {
  const isNothing = scale.every((value) => value === 1) && offset.every((value) => value === 0)
  const one = (values: readonly number[]) => {
    const shown = values.map((value) => String(Number(value.toPrecision(5))))
    return new Set(shown).size === 1 ? shown[0] : `[${shown.join(', ')}]`
  }
  const turned = [
    ...(channelOrder === 'BGR' ? ['blue first'] : []),
    ...(layout === 'NCHW' ? ['channels first'] : []),
  ]
  const input = isNothing ? 'the image itself' : scaled(one(scale), one(offset))
  return `an input is ${[input, ...turned].join(', ')}${from === null ? '' : `, as ${from} says`}`
}

function scaled(scale: string, offset: string): string {
  if (offset === '0') return `${scale} · pixel`
  return offset.startsWith('-') ? `${scale} · pixel − ${offset.slice(1)}` : `${scale} · pixel + ${offset}`
}
