import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { python } from './python.js'
import { freePort, lacking, programOf, serverOf, type Server } from './servers.js'

/** What no message may have in it. */
export const SECRET_KEY = 's3cret-of-the-bucket'

/** The environment by which programs find a store. */
export const environmentOf = (url: string) => ({
  AWS_ACCESS_KEY_ID: 'key-of-the-bucket',
  AWS_SECRET_ACCESS_KEY: SECRET_KEY,
  AWS_ENDPOINT_URL: url,
  AWS_REGION: 'us-east-1',
})

/** A store that gives a name to one of many that ask for it at once: https://github.com/versity/versitygw */
export const NEEDS_VERSITYGW = lacking('versitygw')

/** @param buckets that are there */
export async function startVersitygw(...buckets: readonly string[]): Promise<Server> {
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'versitygw-'))]
  const [objects, notes] = [join(folder, 'objects'), join(folder, 'notes')]
  for (const bucket of buckets) mkdirSync(join(objects, bucket), { recursive: true })
  mkdirSync(notes)
  const { AWS_ACCESS_KEY_ID: ROOT_ACCESS_KEY, AWS_SECRET_ACCESS_KEY: ROOT_SECRET_KEY } = environmentOf('')
  const env = { ...process.env, ROOT_ACCESS_KEY, ROOT_SECRET_KEY }
  const args = ['--port', `127.0.0.1:${port}`, 'posix', '--sidecar', notes, objects]
  return serverOf(`http://127.0.0.1:${port}`, port, folder, 'service listening on', () =>
    spawn(programOf('versitygw') ?? '', args, { env }),
  )
}

const moto = python(['moto.server'])
export const NEEDS_MOTO = 'skip' in moto ? `servers: needs moto (${moto.skip})` : false

/** A store that answers as Amazon's does, in memory. */
export async function startMoto(...buckets: readonly string[]): Promise<Server> {
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'moto-'))]
  const program = 'path' in moto ? moto.path : ''
  const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)]
  const url = `http://127.0.0.1:${port}`
  const server = await serverOf(url, port, folder, 'Running on', () => spawn(program, args))
  for (const bucket of buckets) await fetch(`${url}/${bucket}`, { method: 'PUT' })
  return server
}

/** What becomes of a request: `lost` is done, and nobody learns of it. */
export type Fault = 'none' | 'dropped' | 'lost' | 'slow' | 503

/** A store behind a network that is not well. */
export interface Network {
  readonly url: string
  /** Requests so far. */
  readonly count: () => number
  close(): void
}

/** @param faultOf asked for each request */
export async function faulty(
  server: Pick<Server, 'port'>,
  faultOf: (method: string, path: string, count: number) => Fault,
): Promise<Network> {
  let count = 0
  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = '', url: path = '', headers } = incoming
    const fault = faultOf(method, path, count++)
    if (fault === 'dropped') return void incoming.socket.destroy()
    if (fault === 'slow') await sleep(500)
    if (fault === 503) {
      incoming.resume()
      outgoing.writeHead(503, { 'content-type': 'application/xml' })
      outgoing.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>')
      return
    }
    const passed = request({ host: '127.0.0.1', port: server.port, method, path, headers }, (answer) => {
      if (fault === 'lost') {
        answer.resume()
        answer.on('end', () => incoming.socket.destroy())
        return
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => incoming.socket.destroy())
    incoming.pipe(passed)
  }
  const proxy = createServer((incoming, outgoing) => void forward(incoming, outgoing)).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  const close = () => {
    proxy.close()
    proxy.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}`, count: () => count, close }
}
