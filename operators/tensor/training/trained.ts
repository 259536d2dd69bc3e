import { createHash } from 'node:crypto'
import { layersOf } from '../../architecture.js'
import type { Classifier } from '../../classifier.js'
import { classifierOf } from '../classifier.js'
import { denseNetwork, type DenseActivation, type DenseOperation } from '../dense.js'
import { writeModelFile, type Json } from '../modelFile.js'
import { tf } from '../tf.js'
import type { LayerWeights } from './weights.js'

/** A trained dense network, on its way to a classifier and to disk. */
export class Trained {
  /** SHA-256 of the weights' bytes. */
  readonly weightsHash: string
  private readonly bytes: Uint8Array
  private readonly names: readonly string[]

  constructor(
    readonly name: string,
    kind: 'FC' | 'AE',
    private readonly activation: DenseActivation,
    private readonly layers: readonly LayerWeights[],
  ) {
    this.names = layersOf({ kind, units: layers.map(({ units }) => units) })
    const arrays = layers.flatMap(({ kernel, bias }) => [kernel, bias])
    this.bytes = Buffer.concat(
      arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
    )
    this.weightsHash = createHash('sha256').update(this.bytes).digest('hex')
  }

  classifier(): Classifier {
    const operations = this.layers.flatMap((layer, i): DenseOperation[] => {
      const name = this.names[i]
      const kernel = tf.keep(tf.tensor2d(layer.kernel, [layer.inputs, layer.units]))
      const bias = tf.keep(
        layer.bias.length > 0 ? tf.tensor1d(layer.bias) : tf.zeros<tf.Rank.R1>([layer.units]),
      )
      if (name === 'logits') return [{ kind: 'linear', name, kernel, bias }]
      return [
        { kind: 'linear', kernel, bias },
        { kind: 'activation', name, activation: this.activation },
      ]
    })
    return classifierOf(this.name, this.weightsHash, denseNetwork([this.layers[0].inputs], operations))
  }

  /** Writes the network as a layers model, with its provenance. */
  save(folder: string, provenance: Json): Promise<void> {
    const layers = this.layers.map(({ inputs, units, bias }, i) => ({
      class_name: 'Dense',
      config: {
        name: this.names[i],
        trainable: true,
        units,
        activation: this.names[i] === 'logits' ? 'linear' : this.activation,
        use_bias: bias.length > 0,
        dtype: 'float32',
        ...(i === 0 ? { batch_input_shape: [null, inputs] } : {}),
      },
    }))
    return writeModelFile(folder, {
      topology: {
        class_name: 'Sequential',
        config: { name: this.name, layers },
        keras_version: `tfjs-layers ${tf.version_layers}`,
        backend: 'tensor_flow.js',
      },
      specs: this.layers.flatMap(({ inputs, units, bias }, i) => [
        { name: `${this.names[i]}/kernel`, shape: [inputs, units], dtype: 'float32' as const },
        ...(bias.length > 0
          ? [{ name: `${this.names[i]}/bias`, shape: [units], dtype: 'float32' as const }]
          : []),
      ]),
      weights: this.bytes,
      provenance,
    })
  }
}
