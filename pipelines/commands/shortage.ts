const ROOM =
  'there is too little memory; close other programs, raise the limit (ulimit -v, a container’s, or Node’s by ' +
  'NODE_OPTIONS=--max-old-space-size=MB), or ask for less at once (fewer --workers, a smaller --batch-size)'
const FILES = 'too many files are open at once; raise the limit, as by ulimit -n 1024, or use fewer --workers'
const THREADS =
  'no further thread or process can be started; raise the limit (ulimit -u) or use fewer --workers'

const MEMORY =
  /allocation failed|allocate memory|out of memory|cannot allocate|bad_alloc|invalid array buffer length|WebAssembly\.Memory/i

/** What this machine or a limit of it lacks where that is why something failed, and what to do; else nothing. */
export function shortage(error: unknown): string | undefined {
  const seen = new Set<unknown>()
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at)
    const { code = '', message } = at as NodeJS.ErrnoException
    const text = `${code} ${message}`
    if (/\bE[MN]FILE\b/.test(text)) return FILES
    if (/\bENOMEM\b|ERR_WORKER_OUT_OF_MEMORY|ERR_MEMORY_ALLOCATION_FAILED/.test(text) || MEMORY.test(message))
      return ROOM
    if (/\bEAGAIN\b/.test(text) && /spawn|fork|thread|worker/i.test(text)) return THREADS
  }
  return undefined
}
