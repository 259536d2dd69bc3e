import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A server of the machine's own packages, in a folder of its own. */
export interface Server {
  /** Without name and password. */
  readonly url: string
  readonly port: number
  /** Ends it as a machine that loses its power does. */
  kill(): Promise<void>
  /** Starts it again, at the same port, with what it has kept. */
  start(): Promise<void>
  /** Ends it, and removes what it has kept. */
  close(): Promise<void>
}

/** Where a program is: on the path, or where Debian puts PostgreSQL's. */
export function programOf(name: string): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : []
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** For `t.test`: false where all programs are there, else why not; `.ci/run` has them, and fails where it is told so. */
export function lacking(...programs: readonly string[]): false | string {
  const missing = programs.filter((name) => programOf(name) === undefined)
  return missing.length > 0 && `servers: needs ${missing.join(', ')}`
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export const NEEDS_REDIS = lacking('redis-server')

/** A Redis that keeps nothing over its end. */
export async function startRedis(...options: readonly string[]): Promise<Server> {
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'redis-'))]
  const ports = options.includes('--tls-cert-file')
    ? ['--port', '0', '--tls-port', String(port)]
    : ['--port', String(port)]
  const args = [...ports, '--dir', folder, '--save', '', '--bind', '127.0.0.1', ...options]
  return serverOf(`redis://127.0.0.1:${port}`, port, folder, 'Ready to accept connections', () =>
    spawn(programOf('redis-server') ?? '', args),
  )
}

export const NEEDS_POSTGRES = lacking('initdb', 'postgres')

/** A PostgreSQL whose user is `blindspot`; `password`: that it asks for, in place of none. */
export async function startPostgres(password?: string): Promise<Server> {
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'postgres-'))]
  // it refuses to run as root
  const idOf = (which: string) => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }))
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined
  const [data, words] = [join(folder, 'data'), join(folder, 'password')]
  writeFileSync(words, password ?? 'none')
  for (const path of [folder, words]) if (user) chownSync(path, user.uid, user.gid)
  const own = { ...user, cwd: folder }
  const method = password === undefined ? 'trust' : 'scram-sha-256'
  const init = ['-D', data, '-U', 'blindspot', '-A', method, '--pwfile', words, '--no-sync', '-E', 'UTF8']
  execFileSync(programOf('initdb') ?? '', init, { ...own, stdio: 'pipe' })
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'fsync=off']
  return serverOf(
    `postgres://blindspot@127.0.0.1:${port}/postgres`,
    port,
    folder,
    'ready to accept connections',
    () => spawn(programOf('postgres') ?? '', args, own),
  )
}

/** A server that says on its output when it is ready. */
export async function serverOf(
  url: string,
  port: number,
  folder: string,
  ready: string,
  begin: () => ChildProcess,
): Promise<Server> {
  let child: ChildProcess | undefined
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const start = () =>
    new Promise<void>((resolve, reject) => {
      child = begin()
      let said = ''
      const hear = (bytes: Buffer) => {
        said += bytes.toString()
        if (said.includes(ready)) resolve()
      }
      child.stdout?.on('data', hear)
      child.stderr?.on('data', hear)
      child.on('exit', () => reject(new Error(`the server ended: ${said}`)))
      child.on('error', reject)
    })
  await start()
  return {
    ...{ url, port, kill, start },
    close: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

export const NEEDS_OPENSSL = lacking('redis-server', 'openssl')

/** A certificate for 127.0.0.1, signed by an authority of its own. */
export function makeCertificate(folder: string): { readonly authority: string; readonly options: string[] } {
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '2']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=authority of a test')
  openssl('req', ...key.slice(0, 3), '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=127.0.0.1')
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1\n')
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.crt', ...signed)
  return {
    authority: at('ca.crt'),
    options: [
      ...['--tls-cert-file', at('server.crt'), '--tls-key-file', at('server.key')],
      ...['--tls-ca-cert-file', at('ca.crt'), '--tls-auth-clients', 'no'],
    ],
  }
}
