import { execFileSync } from 'node:child_process'

const known = new Map<string, { readonly path: string } | { readonly skip: string }>()

/** The Python that tests ask as a second reader, where it can import some modules; else why not. */
export function python(modules: readonly string[]): { readonly path: string } | { readonly skip: string } {
  const path = process.env['BLINDSPOT_PYTHON'] ?? 'python3'
  const wanted = modules.join(', ')
  const found = known.get(wanted) ?? asked(path, wanted)
  known.set(wanted, found)
  return found
}

function asked(path: string, modules: string): { readonly path: string } | { readonly skip: string } {
  try {
    execFileSync(path, ['-c', `import ${modules}`], { stdio: 'pipe' })
    return { path }
  } catch (error) {
    const { message } = error as Error
    return { skip: `readers: ${path} cannot import ${modules}: ${message.split('\n').at(-2) ?? message}` }
  }
}
