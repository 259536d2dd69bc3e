import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { RankBatch } from '../operators/records/rank.js'
import type { ActivationPool } from './activationPool.js'

/** What `bench/rankRival.py` needed and found on the first rows of a pool. */
export type RankRival =
  | {
      readonly version: string
      readonly seconds: number
      /** Seconds of a whole batch's product. */
      readonly matmul: number
      /** [directions × 2 top] images: the first `top` and then the last. */
      readonly indices: Int32Array
      readonly values: Float32Array
    }
  | { readonly skipped: string }

const SCRIPT = fileURLToPath(new URL('../../bench/rankRival.py', import.meta.url))
/** Products that are timed before the ranking, and as many after it. */
const RATE = 10

/** Ranks with numpy, on all threads; `skipped` where there is none. */
export async function rankRival(
  python: string,
  { pool, stride, units, batchRows }: ActivationPool,
  directions: Float32Array,
  rows: number,
  top: number,
): Promise<RankRival> {
  const folder = await mkdtemp(join(tmpdir(), 'blindspot-rank-'))
  const at = (name: string) => join(folder, name)
  const files = { pool: at('pool.f32'), directions: at('directions.f32') }
  const results = { indices: at('indices.i32'), values: at('values.f32'), results: at('results.json') }
  try {
    await writeFile(files.pool, pool)
    await writeFile(files.directions, directions)
    const sizes = { stride, units, batchRows, rows, top, rate: RATE }
    await writeFile(at('case.json'), JSON.stringify({ ...files, ...results, ...sizes }))
    await promisify(execFile)(python, [SCRIPT, at('case.json')])
    const told = JSON.parse(await readFile(results.results, 'utf8')) as {
      readonly version: string
      readonly seconds: number
      readonly matmul: number
    }
    const [indices, values] = [await readFile(results.indices), await readFile(results.values)]
    return {
      ...told,
      indices: new Int32Array(new Uint8Array(indices).buffer),
      values: new Float32Array(new Uint8Array(values).buffer),
    }
  } catch (error) {
    const { code, stderr, message } = error as Error & { code?: unknown; stderr?: string }
    return { skipped: code === 'ENOENT' ? `no ${python}` : (stderr?.trim().split('\n').at(-1) ?? message) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** How the images at both ends of each direction differ from a rival's. */
export interface Agreement {
  readonly entries: number
  /** Images of the rival's that are not among ours. */
  readonly different: number
  /** The most that a rival's image which is not among ours lies on the wrong side of the last of ours. */
  readonly furthest: number
}

export function agreement(
  ours: RankBatch,
  theirs: Extract<RankRival, { indices: Int32Array }>,
  top: number,
): Agreement {
  const ends = new Map<string, Map<number, number>>()
  ours.index.forEach((index, row) => {
    const end = `${ours.direction[row]} ${ours.rank[row] <= top ? 'first' : 'last'}`
    ends.set(end, (ends.get(end) ?? new Map<number, number>()).set(index, ours.value[row]))
  })
  let different = 0
  let furthest = 0
  theirs.indices.forEach((index, at) => {
    const place = at % (2 * top)
    const own = ends.get(`${Math.floor(at / (2 * top))} ${place < top ? 'first' : 'last'}`)
    if (own?.has(index)) return
    different++
    const values = [...(own?.values() ?? [])]
    const beyond =
      place < top ? Math.min(...values) - theirs.values[at] : theirs.values[at] - Math.max(...values)
    furthest = Math.max(furthest, beyond)
  })
  return { entries: theirs.indices.length, different, furthest }
}
