import { backendVersions, useBackend } from '../backend.js'

/** What the backend's trial process prints as its last line: the backend that a new process gets, or why none. */
export type Probe =
  | {
      readonly backend: Awaited<ReturnType<typeof useBackend>>
      readonly versions: Readonly<Record<string, string>>
    }
  | { readonly error: string }

async function probe(): Promise<Probe> {
  try {
    return { backend: await useBackend(), versions: await backendVersions() }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

process.stdout.write(`\n${JSON.stringify(await probe())}\n`)
