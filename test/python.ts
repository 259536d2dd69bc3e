import { spawnSync } from 'node:child_process'

const found = new Map<string, string | undefined>()

/**
 * The Python of the environment variable `BLINDSPOT_PYTHON`, else `python3`, where it can import some modules; else why a test
 * that needs them is skipped.
 */
export function python(modules: readonly string[]): { readonly path: string } | { readonly skip: string } {
  const path = process.env['BLINDSPOT_PYTHON'] ?? 'python3'
  const names = modules.join(', ')
  if (!found.has(names)) {
    const { error, status } = spawnSync(path, ['-c', `import ${names}`], { stdio: 'ignore' })
    if (error) found.set(names, `readers: needs ${path}`)
    else found.set(names, status === 0 ? undefined : `readers: ${path} needs ${names}`)
  }
  const skip = found.get(names)
  return skip === undefined ? { path } : { skip }
}
