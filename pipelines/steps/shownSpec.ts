import * as v from 'valibot'
import { AMPLIFY_NORMS } from '../../operators/amplify.js'
import { keyed } from '../../operators/records/expected.js'
import { examplesSchema, type StepExamples } from './examples.js'
import { imagesSchema, type StepImages } from './images.js'
import { qualitySchema, seedSchema } from './numbers.js'

/** The clean images of some examples, each once. */
export interface Originals {
  readonly originals: readonly StepExamples[]
}

/** What models are shown, as a step has it. */
export type ShownSpec =
  | { readonly kind: 'clean'; readonly images: StepImages }
  | {
      readonly kind: 'gaussian'
      /** Standard deviation of the noise, in units of the pixel range. */
      readonly stddev: number
      readonly seed: number
      readonly clip?: boolean | undefined
      readonly images: StepImages | Originals
    }
  | { readonly kind: 'adversarial'; readonly examples: StepExamples }
  | {
      readonly kind: 'amplified'
      readonly examples: StepExamples
      /** Size of the perturbations, their RMS, or L2 norm. */
      readonly size: number
      readonly norm?: (typeof AMPLIFY_NORMS)[number] | undefined
      readonly clip?: boolean | undefined
    }
  | { readonly kind: 'png'; readonly examples: StepExamples }
  | { readonly kind: 'jpeg'; readonly examples: StepExamples; readonly quality: number }

const clip = v.optional(v.boolean())
const originalsSchema = keyed({
  originals: v.pipe(v.array(examplesSchema), v.minLength(1), v.readonly()),
})

export const shownSchema = v.variant('kind', [
  keyed({ kind: v.literal('clean'), images: imagesSchema }),
  keyed({
    kind: v.literal('gaussian'),
    ...{ stddev: v.number(), seed: seedSchema, clip },
    images: v.union([imagesSchema, originalsSchema], 'images, or { originals } of one attack or more'),
  }),
  keyed({ kind: v.literal('adversarial'), examples: examplesSchema }),
  keyed({
    ...{ kind: v.literal('amplified'), examples: examplesSchema },
    ...{ size: v.number(), norm: v.optional(v.picklist(AMPLIFY_NORMS)), clip },
  }),
  keyed({ kind: v.literal('png'), examples: examplesSchema }),
  keyed({ kind: v.literal('jpeg'), examples: examplesSchema, quality: qualitySchema }),
]) satisfies v.GenericSchema<unknown, ShownSpec>
