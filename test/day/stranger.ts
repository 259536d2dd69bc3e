import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a program comes to. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>
  /** The user that calls. Default: this one. */
  readonly uid?: number
}

/** Minutes after which a program hangs. */
const MINUTES = 20

/** A fresh folder in which somebody types commands; nothing of this checkout reaches it. */
export class Stranger {
  constructor(readonly folder: string) {}

  /** Writes a file of theirs. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  /** Calls a program as it is typed, without a shell. */
  type(line: string, { env = {}, uid }: CallOptions = {}): Promise<Ended> {
    const [program, ...args] = line.split(' ')
    const { NODE_OPTIONS: _, TAP_TIMEOUT: __, ...own } = process.env
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd: this.folder,
        // what npm sets for the programs that it runs is not a stranger's
        env: { ...Object.fromEntries(Object.entries(own).filter(([name]) => !/^npm_/.test(name))), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: MINUTES * 60_000,
        ...(uid !== undefined && { uid, gid: uid }),
      })
      let [out, err] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
      child.on('error', reject).on('close', (code) => resolve({ code, out, err }))
    })
  }
}
