import { open, readdir } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'

/** What another program wrote, and how a model is made of it. */
interface Kind {
  readonly what: string
  readonly how: (path: string) => string
}

const PAGE = 'docs/models.md'

const KERAS: Kind = {
  what: 'a model of Keras',
  how: (path) => `python exportKeras.py ${path} DIR (examples/exportKeras.py) makes a folder of it`,
}
const TORCH: Kind = {
  what: 'a file of PyTorch, whose weights need the network that they are of',
  how: () =>
    "in Python, where the network is made, export(network, [1, 28, 28], 'DIR') of examples/exportTorch.py makes a folder of it",
}
const ONNX: Kind = {
  what: 'a model of ONNX',
  how: (path) =>
    `onnx2tf -i ${path} -o saved and tensorflowjs_converter --input_format tf_saved_model saved DIR make a folder of it`,
}
const SAVED: Kind = {
  what: 'a SavedModel of TensorFlow',
  how: (path) => `tensorflowjs_converter --input_format tf_saved_model ${path} DIR makes a folder of it`,
}
const FROZEN: Kind = {
  what: 'a graph of TensorFlow',
  how: () =>
    'save the model as a SavedModel, of which tensorflowjs_converter --input_format tf_saved_model SAVED DIR makes a folder',
}
const TENSORS: Kind = {
  what: 'weights without a network',
  how: (path) =>
    (extname(path).toLowerCase() === '.safetensors'
      ? `blindspot import alexnet ${path} --out DIR reads AlexNet's, `
      : '') +
    'load them into their network in Python and export that (examples/exportKeras.py, examples/exportTorch.py)',
}
const LITE: Kind = {
  what: 'a model for devices, which has no gradients',
  how: () => 'convert the model that it was made of',
}

const ENDINGS: Readonly<Partial<Record<string, Kind>>> = {
  ...{ '.h5': KERAS, '.hdf5': KERAS, '.keras': KERAS },
  ...{ '.pt': TORCH, '.pth': TORCH, '.ckpt': TORCH, '.pkl': TORCH, '.pickle': TORCH },
  ...{ '.onnx': ONNX, '.pb': FROZEN, '.pbtxt': FROZEN },
  ...{ '.safetensors': TENSORS, '.npz': TENSORS, '.npy': TENSORS, '.bin': TENSORS },
  ...{ '.tflite': LITE, '.mlmodel': LITE },
}

/** What files begin with. */
const BEGINNINGS: readonly (readonly [RegExp, Kind])[] = [
  [/^\x89HDF\r\n/, KERAS],
  [/^PK\x03\x04[^]{26}[^]*?\.pkl/, TORCH],
  [/^PK\x03\x04[^]{26}(metadata|config)\.json/, KERAS],
  [/^\x80[\x02-\x05]/, TORCH],
  [/^\x93NUMPY/, TENSORS],
  [/^[^]{4}TFL3/, LITE],
  [/^[^]{4}\0{4}\{"/, TENSORS],
  [/^\x08[\x01-\x0f][\x12\x1a][^]{1,30}(pytorch|tf2onnx|keras|onnx)/, ONNX],
]

/**
 * A sentence that says what a file is that is no model.json, and how a model is made of it; undefined where it could be one, or
 * nobody knows.
 */
export async function foreignFile(file: string): Promise<string | undefined> {
  const start = await startOf(file)
  if (start === undefined || /^\s*\{/.test(start)) return undefined
  if (basename(file) === 'saved_model.pb') return said(SAVED, join(file, '..'))
  const kind = BEGINNINGS.find(([begins]) => begins.test(start))?.[1] ?? ENDINGS[extname(file).toLowerCase()]
  if (kind) return said(kind, file)
  return /[\0-\x08\x0e-\x1f]/.test(start)
    ? `is a binary file, and no model.json; ${PAGE} says what is read and how other models are converted`
    : undefined
}

/** The same of a folder that has no model.json; undefined where nothing in it is known. */
export async function foreignFolder(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch((): string[] => [])
  if (names.includes('saved_model.pb')) return said(SAVED, folder)
  const name = names
    .filter((one) => extname(one).toLowerCase() in ENDINGS)
    .sort()
    .at(0)
  const sentence = name === undefined ? undefined : await foreignFile(join(folder, name))
  return sentence && `has no model.json; ${name} in it ${sentence}`
}

const said = ({ what, how }: Kind, path: string) => `is ${what}; ${how(path)}: see ${PAGE}`

/** The first bytes of a file, one character each; undefined where there is none to read. */
async function startOf(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256)
      return buffer.toString('latin1', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch {
    return undefined
  }
}
