import { usualOptions } from '../../operators/engine/attackOptions.js'
import type { AttackOf } from './measured.js'

/** An attack as far as it is told from others; of which images need not be known. */
export type Named = Omit<AttackOf, 'dataset' | 'split'> & Partial<Pick<AttackOf, 'dataset' | 'split'>>

/** How an attack looks and what it aims at. */
type Kind = Pick<AttackOf, 'method' | 'goal' | 'options'>

/**
 * What attacks are called wherever several are beside each other: method, goal, and the options that are not as usual of one of
 * them, which all have then, as `l-bfgs, random, seed=1`; the first digits of the run where others on the same network and
 * images have the same name.
 *
 * @param all that are told apart
 */
export function attackNames(all: readonly Named[]): (attack: Named) => string {
  const kindOf = kindNames(all)
  const keyOf = (attack: Named) =>
    JSON.stringify([attack.sourceModel, attack.dataset, attack.split, kindOf(attack)])
  const runs = new Map<string, Set<string>>()
  for (const one of all) runs.set(keyOf(one), (runs.get(keyOf(one)) ?? new Set()).add(one.run))
  return (attack) => {
    const several = (runs.get(keyOf(attack))?.size ?? 0) > 1
    return [kindOf(attack), ...(several ? [`run ${attack.run.slice(0, 6)}`] : [])].join(', ')
  }
}

/** The same without runs: attacks of the same method, goal and options have one name. */
export function kindNames(all: readonly Kind[]): (attack: Kind) => string {
  const optionsOf = optionsAmong(all)
  return (attack) =>
    [attack.method, attack.goal, ...optionsOf(attack)].filter((part) => part !== '').join(', ')
}

/** Options of an attack that are not as usual of one of several, as `seed=1`; the question's `options` are the same. */
export function optionsAmong(all: readonly Kind[]): (attack: Kind) => readonly string[] {
  const named = new Set(all.flatMap(({ options }) => termsOf(options).map(nameOf)))
  return ({ method, goal, options }) => {
    const own = new Map(termsOf(options).map((term) => [nameOf(term), term]))
    const usual = usualOptions(method, goal).filter((term) => named.has(nameOf(term)))
    const known = new Set(usual.map(nameOf))
    return [
      ...usual.map((term) => own.get(nameOf(term)) ?? term),
      ...[...own].flatMap(([name, term]) => (known.has(name) ? [] : [term])),
    ]
  }
}

/** Options in which attacks of one method and goal differ, which their names have already. */
export function optionsApart(all: readonly Kind[]): (attack: Kind) => readonly string[] {
  const optionsOf = optionsAmong(all)
  return (attack) => {
    const alike = all.filter(({ method, goal }) => method === attack.method && goal === attack.goal)
    return optionsOf(attack).filter((term) => alike.some((other) => !optionsOf(other).includes(term)))
  }
}

const termsOf = (options: string) => options.split(' ').filter((term) => term !== '')
const nameOf = (term: string) => term.split('=')[0]
