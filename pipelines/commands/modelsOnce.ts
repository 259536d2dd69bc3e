import { BlindspotError, printable } from '../../operators/errors.js'
import { localFolder } from '../../sources/objects/localFolder.js'
import { preprocessOf, type PreprocessOptions } from './preprocess.js'

/**
 * The models of a call, each once: those of one name and the same weights, as a folder and its model.json are, are one. Says so
 * of two names for the same weights, which are two.
 *
 * @param isByName whether rows tell models by their names
 * @throws BlindspotError `bad-option` where they do, for two models of one name
 */
export async function modelsOnce(
  paths: readonly string[],
  options: PreprocessOptions,
  isByName = true,
): Promise<readonly string[]> {
  const { modelReference } = await import('../../operators/tensor/modelReference.js')
  const once: { readonly path: string; readonly name: string; readonly weightsHash: string }[] = []
  for (const path of paths) {
    const { name, weightsHash } = await modelReference(await localFolder(path), preprocessOf(options))
    const twins = once.filter((other) => other.weightsHash === weightsHash)
    if (twins.some((other) => other.name === name)) continue
    const other = isByName && once.find((one) => one.name === name)
    if (other)
      throw new BlindspotError(
        'bad-option',
        `${other.path} and ${path} are two models that are called ${name}; give one another name, by train or import with --name, or in its model.json`,
      )
    for (const twin of twins)
      console.error(printable(`${path} is ${twin.path} under another name, ${name}: taken as two networks`))
    once.push({ path, name, weightsHash })
  }
  return once.map(({ path }) => path)
}
