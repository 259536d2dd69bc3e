import { isObject } from '../../operators/options/isObject.js'
import { requireOneOf } from '../../operators/options/requireKinds.js'
import { unexpected } from '../../operators/options/unexpected.js'
import { requireImages } from './requireSpec.js'
import type { ShownSpec } from './shownSpec.js'

/** What each kind of what is shown is of. */
const OF: Readonly<Record<ShownSpec['kind'], 'images' | 'examples'>> = {
  ...{ clean: 'images', gaussian: 'images' },
  ...{ adversarial: 'examples', amplified: 'examples', png: 'examples', jpeg: 'examples' },
}

/** Checks that something is what models are shown, as a step has it, as far as the step's name goes. */
export function requireShown(what: string, shown: unknown): void {
  if (!isObject(shown)) throw unexpected(what, "{ kind: 'clean', images } or another kind", shown)
  const { kind, images, examples } = shown
  requireOneOf(`${what}.kind`, kind, Object.keys(OF))
  if (OF[kind as ShownSpec['kind']] === 'examples') {
    if (!isObject(examples)) throw unexpected(`${what}.examples`, '{ path } or { attack }', examples)
  } else if (!(kind === 'gaussian' && isObject(images) && 'originals' in images))
    requireImages(`${what}.images`, images)
}
