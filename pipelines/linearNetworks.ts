/** A model's name and its architecture in the short form. */
interface Named {
  readonly model: string
  readonly architecture: string
}

/** λ as the paper's names of its linear networks have it, FC10(1e-4), with or without a word on the bias. */
const LINEAR = /^FC\d+(-nobias)?\(/

/**
 * What is to be said below a table of the linear networks in it: the paper's names do not tell that they have no bias, and
 * one that has a bias is another network.
 */
export function linearNetworks(models: readonly Named[]): readonly string[] {
  const linear = models.filter(({ architecture }) => LINEAR.test(architecture))
  const [without, biased] = [true, false].map((bare) =>
    linear.filter(({ architecture }) => architecture.includes('-nobias') === bare),
  )
  return [
    ...(without.length === 0
      ? []
      : [
          `${without.map(called).join(', ')}: linear, without bias. With ½λΣw² on the mean cross-entropy it is the reading that ` +
            'gives the paper’s errors, all six within 0.1 points (docs/training.md has the others)',
        ]),
    ...(biased.length === 0
      ? []
      : [`${biased.map(({ model }) => model).join(', ')}: linear, with a bias, which the paper’s has not`]),
  ]
}

const called = ({ model, architecture }: Named) =>
  model === architecture ? model : `${model} is ${architecture}`
