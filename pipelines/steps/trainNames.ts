import { formatArchitecture, parseArchitecture } from '../../operators/architecture.js'
import { BlindspotError } from '../../operators/errors.js'
import { halfIn } from '../../sources/splitText.js'
import type { TrainSpec } from './trainSpec.js'

/** The model's name, which goes into folders and columns, or an error. */
export function trainedName({ name, architecture }: Pick<TrainSpec, 'name' | 'architecture'>): string {
  const chosen = name ?? formatArchitecture(parseArchitecture(architecture))
  if (chosen !== '' && chosen.length <= 100) return chosen
  throw new BlindspotError('bad-option', `name: expected 1 to 100 characters, got ${chosen.length}`)
}

/** What the trainings of several seeds have in common, as one short text: `FC100-100-10@P1 epochs=40`. */
export function configurationOf({
  architecture,
  images: { source, first },
  options = {},
}: Pick<TrainSpec, 'architecture' | 'images' | 'options'>): string {
  const half = halfIn(source)
  const given = Object.entries({ first, ...options }).filter(([, value]) => value !== undefined)
  return [
    formatArchitecture(parseArchitecture(architecture)) + (half === undefined ? '' : `@${half}`),
    ...given.map((pair) => pair.join('=')),
  ].join(' ')
}
