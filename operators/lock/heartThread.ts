import { utimesSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'

/** `beats`: whether the file's time is to be renewed from now on, or no longer. */
export interface Beat {
  readonly path: string
  readonly beats: boolean
}

const paths = new Set<string>()

parentPort?.on('message', ({ path, beats }: Beat) => {
  if (beats) paths.add(path)
  else paths.delete(path)
})

setInterval(() => {
  for (const path of paths) touch(path)
}, 1000)

function touch(path: string): void {
  const now = new Date()
  try {
    utimesSync(path, now, now)
  } catch {
    // gone: who holds it will see that
  }
}
