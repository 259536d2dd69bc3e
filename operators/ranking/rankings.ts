import { BlindspotError } from '../errors.js'
import {
  countOf,
  gaussianDirections,
  rotationDirections,
  type BasisName,
  type DirectionMatrix,
} from './basis.js'
import { uniformRanking } from './control.js'
import type { Origins } from './extremes.js'
import { wholeLanes, type RankMemory } from './kernel.js'
import { matrixRanking } from './matrixRanking.js'
import { unitRanking, type Ranking } from './ranking.js'
import type { Settings } from './settings.js'

/**
 * Rankings along the settings' bases and of the control, one by one: making the next one may fail.
 *
 * @param ordered whether units have values before the activation function to be ordered by
 */
export function* rankingsOf(
  settings: Settings,
  units: number,
  ordered: boolean,
  origins: Origins,
  memory: RankMemory,
): Generator<Ranking> {
  const { bases, top, seed, control } = settings
  let most = 0
  for (const basis of bases) {
    const ranking = rankingOf(basis, settings, units, ordered, origins, memory)
    most = Math.max(most, ranking.directions)
    yield ranking
  }
  if (control) yield uniformRanking(most, top, seed, origins, memory)
}

/**
 * Images that all directions of a basis may keep together, 40 bytes each, and values that they have, 8 bytes each.
 */
const MOST_KEPT = 2 ** 27

function rankingOf(
  basis: BasisName | DirectionMatrix,
  { count, top, seed }: Settings,
  units: number,
  ordered: boolean,
  origins: Origins,
  memory: RankMemory,
): Ranking {
  if (typeof basis !== 'string') {
    if (basis.units !== units)
      throw new BlindspotError(
        'bad-option',
        `rank: basis ${basis.name}: expected directions of ${units} values, the layer's units, got ${basis.units}`,
      )
    requireRoom(basis.directions.length / units, top, units)
    return matrixRanking(basis.name, basis.directions, units, top, origins, memory)
  }
  const n = countOf(basis, units, count)
  // single units have no matrix
  requireRoom(n, top, basis === 'unit' ? 0 : units)
  if (basis === 'unit') return unitRanking(units, n, top, origins, ordered)
  const draw = basis === 'gaussian' ? gaussianDirections : rotationDirections
  return matrixRanking(basis, draw(units, n, seed), units, top, origins, memory)
}

function requireRoom(directions: number, top: number, units: number): void {
  if (directions * Math.max(top, wholeLanes(units)) <= MOST_KEPT) return
  throw new BlindspotError(
    'bad-option',
    `rank: ${directions} directions${units === 0 ? '' : ` of ${units} units`} with ${top - 1} images kept at either end do not fit into memory; rank fewer directions at once or choose a smaller top`,
  )
}
