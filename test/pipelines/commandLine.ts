import { main } from '../../pipelines/commands/main.js'
import { program } from '../../pipelines/commands/program.js'

export interface Result {
  readonly code: number
  readonly out: string
  readonly err: string
}

// each call listens to what becomes of its output, as a process does once
process.stdout.setMaxListeners(0)
process.stderr.setMaxListeners(0)

/**
 * What a command line comes to, in this process: its exit status and what it prints. One at a time. An error in the very
 * words of one before is not said again.
 */
export async function blindspot(...args: string[]): Promise<Result> {
  const [{ argv }, log, write] = [
    process,
    console.log.bind(console),
    process.stderr.write.bind(process.stderr),
  ]
  let [out, err] = ['', '']
  process.argv = [...argv.slice(0, 2), ...args]
  // not what is written to standard output, where the results of the tests go
  console.log = (text: string) => void (out += `${text}\n`)
  process.stderr.write = (text: string | Uint8Array, ...then: readonly unknown[]) => {
    err += text.toString()
    const done = then.at(-1) as (() => void) | string | undefined
    if (typeof done === 'function') done()
    return true
  }
  try {
    return { code: await main(() => Promise.resolve(program)), out, err }
  } finally {
    process.argv = argv
    console.log = log
    process.stderr.write = write
    process.exitCode = undefined
  }
}
