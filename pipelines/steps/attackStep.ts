import { usualGoal } from './attackMethod.js'
import type { AttackSpec } from './attackSpec.js'
import { modelName } from './modelName.js'
import { requireAttack } from './requireSpec.js'
import type { Step } from './stepKind.js'

/**
 * The step that attacks a model and writes the table `examples`, whose rows it goes on after; with a larger `limit`, or
 * more `examples`, it adds to what is there.
 *
 * @throws BlindspotError `bad-option` for a spec without a model or images, or with a key that there is not
 * @example
 * const step = attackStep({ model: { path: resolve('my-model') }, images: { source: 'mnist:test' } })
 * await perform(await openLake('mine'), step, { limit: 16 })
 */
export function attackStep(spec: AttackSpec, needs: readonly string[] = []): Step<AttackSpec> {
  requireAttack('attackStep', spec)
  const { method = 'l-bfgs', goal = usualGoal(method) } = spec
  const by = method === 'l-bfgs' ? '' : ` ${method}`
  const aim = goal === 'random' ? '' : ` ${goal}`
  const part = spec.shard ? ` ${spec.shard.join('..')}` : ''
  return { kind: 'attack', name: `attack ${modelName(spec.model)}${by}${aim}${part}`, spec, needs }
}
