import { spawn } from 'node:child_process'

export type Outcome =
  | { readonly kind: 'done'; readonly output: string }
  | { readonly kind: 'absent' }
  /** `reason`: the last line that it printed, or the signal that ended it. */
  | { readonly kind: 'failed'; readonly reason: string; readonly output: string }

export interface RunOptions {
  readonly signal?: AbortSignal | undefined
  readonly env?: NodeJS.ProcessEnv
  /** Text for the program's standard input. */
  readonly input?: string
}

/** Characters that are kept of what a program prints: its end. */
const kept = 20_000

/** Runs a program, without a shell; rejects only when it is aborted, and then not before the program has ended. */
export function run(command: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [program = '', ...args] = command
  const { signal, env = process.env, input = '' } = options
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const child = spawn(program, args, { env, stdio: 'pipe', windowsHide: true })
    const stop = (): void => void child.kill()
    signal?.addEventListener('abort', stop)
    let output = ''
    const keep = (text: string): void => void (output = (output + text).slice(-kept))
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    // A program that ends without reading its input is judged by its exit, not by the broken pipe.
    child.stdin.on('error', () => undefined).end(input)
    child.on('error', (error: NodeJS.ErrnoException) => {
      signal?.removeEventListener('abort', stop)
      const absent = error.code === 'ENOENT' || error.code === 'EACCES'
      resolve(absent ? { kind: 'absent' } : { kind: 'failed', reason: error.message, output })
    })
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted === true) reject(signal.reason as Error)
      else if (code === 0) resolve({ kind: 'done', output })
      else
        resolve({
          kind: 'failed',
          reason: killedBy ?? lastLine(output) ?? `exit code ${code ?? '?'}`,
          output,
        })
    })
  })
}

function lastLine(text: string): string | undefined {
  return text.trimEnd().split('\n').at(-1)?.trim() || undefined
}
