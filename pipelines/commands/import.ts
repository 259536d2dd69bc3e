import { Argument, type Command } from 'commander'
import { BlindspotError } from '../../operators/errors.js'
import { writingTo } from '../../sources/objects/writingTo.js'
import { isRemote, within } from '../../sources/place.js'
import { disk } from '../../sources/store.js'
import { command, folder, number, print, whole, type CommonOptions } from './command.js'

interface Options extends CommonOptions {
  readonly classes?: number
  readonly size?: number
  readonly width?: number
  readonly name?: string
  readonly out: string
}

/** `blindspot import`: weights of another program. */
export function importCommand(): Command {
  return command('import')
    .description(
      'make a TensorFlow.js layers model of the weights in a .safetensors file, with a preprocess.json',
    )
    .addArgument(new Argument('<architecture>', 'of the network').choices(['alexnet', 'alexnet-2012']))
    .argument('<file>', 'weights by torchvision’s names: features.0.weight …, classifier.6.bias')
    .option('--classes <n>', 'that the network tells apart (default: 1000)', whole(2))
    .option('--size <pixels>', 'height and width of an input (default: 224; alexnet-2012: 227)', whole(1))
    .option('--width <share>', 'of the filters and units, of a network made smaller (default: 1)', number())
    .option('--name <name>', 'of the model (default: its architecture)')
    .requiredOption('--out <dir>', 'folder of the model', folder)
    .action(act)
}

async function act(architecture: string, file: string, options: Options): Promise<void> {
  const { alexnet, alexnet2012 } = await import('../../operators/tensor/alexnet/alexnet.js')
  const { importModel } = await import('../../operators/tensor/import/importModel.js')
  const { count } = await import('../tables/words.js')
  const { classes, size, width, name, out } = options
  const network = (architecture === 'alexnet' ? alexnet : alexnet2012)({ classes, size, width })
  if (isRemote(file))
    throw new BlindspotError('bad-option', `${file}: expected a file of this machine; copy it here first`)
  if (isRemote(out) && (await disk.stat(within(out, 'model.json'))) !== undefined)
    throw new BlindspotError('bad-option', `${out} holds a model already; choose another --out`)
  const imported = await writingTo(out, (folder) => importModel(network, file, folder, { name }), [
    'model.json',
  ])
  print(
    options,
    imported,
    `${imported.model}: ${count(imported.parameters)} weights of ${file} (SHA-256 ${imported.sha256.slice(0, 16)}…), ` +
      `inputs of ${network.inputShape.join('×')}, ${count(network.classes)} classes; ${out}/model.json`,
  )
}
