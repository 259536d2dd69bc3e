import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SweepSpec } from 'blindspot'
import { writeImages } from '../smallImages.js'

/** Writes a sweep of four networks, two attacks on each, and what is shown of them and of noise; gives its file. */
export function writeSweep(root: string): string {
  const images = writeImages(join(root, 'images'), 1, 60)
  const spec: SweepSpec = {
    name: 'small',
    train: {
      ...{ data: `mnist@${images}:train`, test: `mnist@${images}:test`, architecture: ['FC3', 'FC5-3'] },
      ...{ lambda: [1e-3, 0.1], epochs: 2, batchSize: 10 },
    },
    attack: { limit: 24, shard: 12 },
    score: { noise: 0.2 },
  }
  const path = join(root, 'spec.json')
  writeFileSync(path, JSON.stringify(spec))
  return path
}

/** Its steps. */
export const STEPS = 17
