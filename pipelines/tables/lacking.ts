import type { Attack } from './measured.js'
import type { ModelRow } from './queries.js'

/** What of the paper's is not there. */
export function lacking(
  wanted: readonly string[],
  lines: readonly {
    readonly name: string
    readonly record: ModelRow | undefined
    readonly random: Attack | undefined
  }[],
): readonly string[] {
  const without = (has: (line: (typeof lines)[number]) => boolean) => {
    const there = new Set(lines.filter(has).map(({ name }) => name))
    return wanted.filter((name) => !there.has(name))
  }
  // somebody's own networks: nothing is missing
  if (lines.length > 0 && !lines.some(({ name }) => wanted.includes(name))) return []
  const untrained = without(({ record }) => record !== undefined)
  const unattacked = without(({ random }) => random !== undefined)
  return [
    ...(untrained.length > 0 ? [`not trained: ${untrained.join(', ')}`] : []),
    ...(unattacked.length > 0 ? [`no examples for: ${unattacked.join(', ')}`] : []),
  ]
}
