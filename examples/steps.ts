import { attackStep, openLake, performAll, scoreStep, trainStep, type Performed } from 'blindspot'

/**
 * Trains two networks, attacks one, and shows its examples to both: what `train`, `attack` and `score` do. Asked for again it
 * makes only what is missing; a larger `limit` adds rows to those that are there.
 */
export async function transferInSteps(out: string, limit: number): Promise<readonly Performed[]> {
  const lake = await openLake(out)
  const images = { source: 'mnist:train', first: 500 }
  const options = { iterations: 10 }
  const networks = ['FC10(1e-2)', 'FC10(1)'].map((architecture) => ({
    ...{ architecture, images, options, seed: 1, folder: `networks/${architecture}` },
  }))
  const models = networks.map(({ folder }) => ({ path: folder }))
  const attack = { model: models[0], images: { source: 'mnist:test' } }
  const shown = { kind: 'adversarial', examples: { attack } } as const
  return performAll(lake, [
    ...networks.map((network) => ({ step: trainStep(network), effort: {} })),
    { step: attackStep(attack), effort: { limit } },
    { step: scoreStep({ models, shown, partition: 'FC10(1e-2)' }), effort: {} },
  ])
}
