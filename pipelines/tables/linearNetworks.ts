/** A model's name and its architecture in the short form. */
interface Named {
  readonly model: string
  readonly architecture: string
}

/** λ as the paper’s names of its linear networks have it, FC10(1e-4), with or without a word on the bias. */
const LINEAR = /^FC\d+(-nobias)?\(/
const BARE = '-nobias'

/** Whether a network of this architecture is another than the paper’s linear ones, whatever it is called. */
export const isBiasedLinear = ({ architecture }: Pick<Named, 'architecture'>): boolean =>
  LINEAR.test(architecture) && !architecture.includes(BARE)

/**
 * What is to be said below a table of the linear networks in it: the paper's names do not tell that they have no bias, and
 * one that has a bias is another network.
 */
export function linearNetworks(models: readonly Named[]): readonly string[] {
  const biased = models.filter(isBiasedLinear)
  const without = models.filter(
    ({ architecture }) => LINEAR.test(architecture) && architecture.includes(BARE),
  )
  return [
    ...(without.length === 0
      ? []
      : [
          `${without.map(called).join(', ')}: linear, without bias. The paper does not say which its own are; with ½λΣw² on ` +
            'the mean cross-entropy this reading alone gives all six of its errors on all of MNIST (docs/training.md)',
        ]),
    ...(biased.length === 0
      ? []
      : [
          `${biased.map(({ model }) => model).join(', ')}: linear, with a bias. The paper’s errors are those of networks without ` +
            '(docs/training.md), so that its numbers are not held against these',
        ]),
  ]
}

const called = ({ model, architecture }: Named) =>
  model === architecture ? model : `${model} is ${architecture}`
