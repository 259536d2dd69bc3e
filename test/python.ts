import { spawnSync } from 'node:child_process'

const known = new Map<string, { readonly path: string } | { readonly skip: string }>()

/** A Python that can import some modules, or why there is none: `BLINDSPOT_PYTHON`, or else `python3`. */
export function python(modules: readonly string[]): { readonly path: string } | { readonly skip: string } {
  const path = process.env['BLINDSPOT_PYTHON'] ?? 'python3'
  const key = modules.join(', ')
  const found = known.get(key)
  if (found) return found
  const { error, status } = spawnSync(path, ['-c', `import ${key}`], { stdio: 'ignore' })
  const result = !error && status === 0 ? { path } : { skip: `readers: needs ${path} with ${key}` }
  known.set(key, result)
  return result
}
