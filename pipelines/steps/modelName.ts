import type { StepModel } from './stepModel.js'
import { trainedName } from './trainNames.js'

/** What a model is called, or where it is, as far as the step says. */
export const modelName = (model: StepModel): string =>
  'train' in model ? trainedName(model.train) : (model.name ?? model.path)
