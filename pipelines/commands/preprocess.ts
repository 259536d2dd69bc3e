import type { Command } from 'commander'
import { absolute } from '../../sources/place.js'

/** What `withPreprocess` adds to a command's options. */
export interface PreprocessOptions {
  readonly preprocess?: string
}

/** A command on models that takes what is done to images from a file of one's own. */
export const withPreprocess = (command: Command): Command =>
  command.option(
    '--preprocess <file>',
    'JSON that says what is done to an image before a model sees it (box, mean, std, …), in place of the preprocess.json beside its model.json; of every model of the call',
  )

/** The file as a step's model or `loadClassifier` has it; nothing where none is given. */
export const preprocessOf = ({ preprocess }: PreprocessOptions): { readonly preprocess?: string } =>
  preprocess === undefined ? {} : { preprocess: absolute(preprocess) }
