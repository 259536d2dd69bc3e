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
    // what npm and the tests set for the programs that they run is not a stranger's
    const own = Object.entries(process.env).filter(([name]) => !/^(npm_|TAP|NODE_OPTIONS$)/.test(name))
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd: this.folder,
        env: { ...Object.fromEntries(own), ...env },
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
