import type { Command } from 'commander'
import { localFolder } from '../../sources/objects/localFolder.js'
import { command, print, takeBackend, type CommonOptions } from './command.js'
import { preprocessOf, withPreprocess, type PreprocessOptions } from './preprocess.js'

interface Options extends CommonOptions, PreprocessOptions {}

/** `blindspot inspect`: what a model on disk is. */
export function inspectCommand(): Command {
  return withPreprocess(command('inspect'))
    .description(
      'what a model is: classes, input, preprocessing, layers with their shapes and parameters, what is left out, what runs fast',
    )
    .argument('<models...>', 'folders with model.json, or those files')
    .action(act)
}

async function act(paths: string[], options: Options): Promise<void> {
  const { tableText } = await import('../../sinks/table/text.js')
  const { inspectModel } = await import('../../operators/tensor/inspectModel.js')
  const { inspectedLines, inspectedTable } = await import('../tables/inspected.js')
  await takeBackend(options)
  const { columns: width } = process.stdout
  for (const path of paths) {
    const model = await inspectModel(await localFolder(path), preprocessOf(options))
    print(options, model, tableText(inspectedTable(model), { width }), ...inspectedLines(model))
  }
}
