import { isObject } from '../../operators/options/isObject.js'
import { unexpected } from '../../operators/options/unexpected.js'
import { requireKnown } from '../../operators/options/knownOptions.js'
import { requireText } from '../../operators/options/requireKinds.js'
import type { AttackSpec } from './attackSpec.js'

// what a step is named by is checked when it is made; `perform` checks all of its spec, by a schema, which is much to load

/** Checks that something is a model as a step has it, as far as its name goes. */
export function requireModel(what: string, model: unknown): void {
  if (isObject(model)) {
    if ('train' in model ? isObject(model['train']) : typeof model['path'] === 'string') return
  }
  throw unexpected(what, "{ path: 'a folder with model.json' } or { train }", model)
}

/** Checks that something is images as a step has them. */
export function requireImages(what: string, images: unknown): void {
  if (!isObject(images) || !('source' in images)) throw unexpected(what, "{ source: 'mnist:test' }", images)
  requireText(`${what}.source`, images['source'], 'a text, such as mnist:test')
}

/**
 * Checks the spec of an attack.
 *
 * @param of whose it is, such as `attackStep`
 */
export function requireAttack(of: string, spec: AttackSpec): void {
  requireKnown<AttackSpec>(of, spec, {
    ...{ model: true, images: true, method: true, goal: true, target: true, cases: true, firstCases: true },
    ...{ seed: true, penalty: true, maxEvaluations: true, iterations: true, overshoot: true },
    ...{ candidates: true, gamma: true, levels: true, payload: true, shard: true },
  })
  requireModel(`${of}: model`, spec.model)
  requireImages(`${of}: images`, spec.images)
  const shard: unknown = spec.shard
  if (shard !== undefined && !(Array.isArray(shard) && shard.length === 2))
    throw unexpected(`${of}: shard`, '[from, to]', shard)
}
