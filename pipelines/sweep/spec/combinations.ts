import { BlindspotError } from '../../../operators/errors.js'

/** Combinations of a grid at most. */
const MOST = 100_000

/** What each key can be; of those that are not there nothing is varied. */
type Choices = Readonly<Record<string, readonly unknown[] | undefined>>

/** One of the choices of each key. */
type Chosen<C extends Choices> = {
  readonly [Key in keyof C]: NonNullable<C[Key]>[number]
}

/** All combinations, the last key varying fastest. */
export function combinations<const C extends Choices>(choices: C): readonly Chosen<C>[] {
  const count = Object.values(choices).reduce((product, values) => product * (values?.length ?? 1), 1)
  if (count > MOST)
    throw new BlindspotError(
      'bad-option',
      `expected at most ${MOST} combinations in a grid, got ${count}; make it smaller`,
    )
  let all: readonly Readonly<Record<string, unknown>>[] = [{}]
  for (const [key, values] of Object.entries(choices))
    if (values) all = all.flatMap((one) => values.map((value) => ({ ...one, [key]: value })))
  return all as readonly Chosen<C>[]
}
