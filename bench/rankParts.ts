import { gaussianDirections } from '../operators/ranking/basis.js'
import { uniformRanking } from '../operators/ranking/control.js'
import { Origins } from '../operators/ranking/extremes.js'
import { RankMemory } from '../operators/ranking/kernel.js'
import { matrixRanking, rowsAtOnce } from '../operators/ranking/matrixRanking.js'
import { StreamedMean } from '../operators/ranking/streamedMean.js'
import { pull } from '../operators/flow/inbox.js'
import { projectionOn } from '../operators/tensor/projection.js'
import type { ActivationPool } from './activationPool.js'

/** Seconds of the parts of a pass of `rank` over the first rows of a pool. */
export async function rankParts(
  source: ActivationPool,
  rows: number,
  directions: number,
  top: number,
  seed: number,
): Promise<Readonly<Record<'projection' | 'mean' | 'ranking' | 'control', number>>> {
  const { units } = source
  const origins = new Origins()
  const memory = new RankMemory()
  const matrix = gaussianDirections(units, directions, seed)
  const projection = projectionOn(Float32Array.from(matrix), units)
  const ranking = matrixRanking('gaussian', matrix, units, top, origins, memory)
  const control = uniformRanking(directions, top, seed, origins, memory)
  const mean = new StreamedMean(units, memory)
  const slice = rowsAtOnce(units) * units
  const seconds = { projection: 0, mean: 0, ranking: 0, control: 0 }
  const time = <T>(part: keyof typeof seconds, work: () => T): T => {
    const began = performance.now()
    const made = work()
    seconds[part] += (performance.now() - began) / 1000
    return made
  }
  for await (const batch of pull(source.stream(rows))) {
    const { dataset, split, values } = batch
    const origin = origins.number(dataset, split)
    const lengths = time('mean', () => mean.add(batch))
    time('projection', () => {
      for (let at = 0; at < values.length; at += slice) projection.project(values.subarray(at, at + slice))
    })
    time('ranking', () => ranking.add(batch, origin, lengths))
    time('control', () => control.add(batch, origin, lengths))
  }
  projection.dispose()
  ranking.dispose()
  return { ...seconds, ranking: seconds.ranking - seconds.projection }
}
