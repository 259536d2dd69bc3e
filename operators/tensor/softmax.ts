interface Layer {
  class_name: string
  name?: string
  config: Record<string, unknown> & { activation?: unknown; name?: string; layers?: Layer[] }
  inbound_nodes?: [[string, number, number]][]
}

/** Layers that leave a softmax before them the last operation on the values. */
const TRANSPARENT = ['Flatten', 'Reshape', 'Dropout']

/**
 * Keras' description of a model without the softmax at its end, so that the model gives logits: an
 * `Activation`, a `Softmax` layer, or the activation of the last dense or convolutional layer becomes linear.
 */
export function withoutSoftmax(topology: Record<string, unknown>): Record<string, unknown> {
  const copy = structuredClone(topology)
  strip((copy['model_config'] ?? copy) as Layer)
  return copy
}

function strip(model: Layer): void {
  const layers = Array.isArray(model.config) ? (model.config as Layer[]) : (model.config.layers ?? [])
  let layer: Layer | undefined = lastLayer(model, layers)
  while (layer !== undefined && TRANSPARENT.includes(layer.class_name)) layer = before(layer, layers)
  if (layer === undefined) return
  if (layer.class_name === 'Softmax') {
    layer.class_name = 'Activation'
    layer.config = { name: layer.config.name ?? 'logits', activation: 'linear' }
  } else if (layer.config.activation === 'softmax') layer.config.activation = 'linear'
  else if (layer.config.layers !== undefined) strip(layer)
}

function lastLayer(model: Layer, layers: Layer[]): Layer | undefined {
  const outputs = (model.config as { output_layers?: [string][] }).output_layers
  return outputs === undefined ? layers.at(-1) : layers.find((layer) => nameOf(layer) === outputs[0]?.[0])
}

function before(layer: Layer, layers: Layer[]): Layer | undefined {
  const from = layer.inbound_nodes?.[0]?.[0]?.[0]
  return from === undefined
    ? layers[layers.indexOf(layer) - 1]
    : layers.find((other) => nameOf(other) === from)
}

function nameOf(layer: Layer): string | undefined {
  return layer.name ?? layer.config.name
}
