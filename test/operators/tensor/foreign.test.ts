import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { modelReference } from '../../../operators/tensor/modelReference.js'

const root = mkdtempSync(join(tmpdir(), 'foreign-'))
t.teardown(() => rmSync(root, { recursive: true }))

const zip = (name: string) =>
  Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(26), Buffer.from(name), Buffer.from([0, 255])])
const hdf = Buffer.from('\x89HDF\r\n\x1a\n\0\0', 'latin1')
const noise = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 97) % 256))
const safe = Buffer.concat([
  Buffer.from([40, 0, 0, 0, 0, 0, 0, 0]),
  Buffer.from('{"fc.weight":{"dtype":"F32"}}'),
])

const KERAS = /is a model of Keras; python exportKeras\.py .* DIR \(examples\/exportKeras\.py\)/
const TORCH = /is a file of PyTorch, .*export\(network, .*examples\/exportTorch\.py/
const SAVED =
  /is a SavedModel of TensorFlow; tensorflowjs_converter --input_format tf_saved_model .*saved DIR/
const TENSORS = /is weights without a network; .*load them into their network/
const FILES: Readonly<Record<string, readonly [content: Buffer, said: RegExp]>> = {
  'm.h5': [hdf, KERAS],
  'm.hdf5': [hdf, KERAS],
  'm.keras': [zip('config.json'), KERAS],
  'renamed.keras.zip': [zip('metadata.json'), KERAS],
  'named-model': [hdf, KERAS],
  'm.pt': [zip('archive/data.pkl'), TORCH],
  'renamed.zip': [zip('m/data.pkl'), TORCH],
  'old.pth': [Buffer.from([0x80, 2, 0x8a, 0x0a]), TORCH],
  'm.onnx': [
    Buffer.from('\x08\x08\x12\x07pytorch\x1a\x05', 'latin1'),
    /is a model of ONNX; onnx2tf -i .* and tensorflowjs_converter/,
  ],
  'frozen.pb': [noise, /is a graph of TensorFlow; save the model as a SavedModel/],
  'saved/saved_model.pb': [noise, SAVED],
  'w.safetensors': [
    safe,
    /weights without a network; blindspot import alexnet .* reads AlexNet's, load them/,
  ],
  'w.npz': [zip('kernel.npy'), TENSORS],
  'm.tflite': [Buffer.from('\x1c\0\0\0TFL3', 'latin1'), /is a model for devices, which has no gradients/],
  'noise.dat': [noise, /is a binary file, and no model\.json/],
}

t.test('what other programs wrote is told in a sentence with the way to convert it', async (t) => {
  const said = async (path: string) =>
    modelReference(path).then(
      () => 'it is taken for a model',
      (error: unknown) => (error as Error).message,
    )
  for (const [name, [content, message]] of Object.entries(FILES)) {
    const file = join(root, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    const found = await said(file)
    t.match(found, message, name)
    t.match(found, /^[\x20-\x7e]{1,420}$/, `${name}: one line, nothing binary`)
  }
  t.match(await said(join(root, 'saved')), SAVED, 'a folder of one')
  mkdirSync(join(root, 'folder'))
  writeFileSync(join(root, 'folder', 'weights.h5'), hdf)
  t.match(
    await said(join(root, 'folder')),
    /folder: has no model\.json; weights\.h5 in it is a model of Keras/,
  )
  mkdirSync(join(root, 'empty'))
  t.match(await said(join(root, 'empty')), /give a folder with model\.json/)
})
