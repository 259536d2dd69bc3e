import { request } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:tls'
import { BlindspotError } from '../../errors.js'

/** A TLS connection to `url` through the proxy that `HTTPS_PROXY` names; nothing where none applies. */
export async function tunnel(url: URL, signal?: AbortSignal): Promise<Socket | undefined> {
  const proxy = proxyFor(url)
  if (proxy === undefined) return undefined
  const port = url.port || '443'
  const { username, password } = proxy
  const secret = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  )
  const raw = await new Promise<Socket>((resolve, reject) => {
    const asked = request({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: `${url.hostname}:${port}`,
      headers: username === '' ? {} : { 'proxy-authorization': `Basic ${secret}` },
      timeout: 30_000,
      ...(signal && { signal }),
    })
    asked.on('connect', ({ statusCode = 0 }, socket) => {
      if (statusCode === 200) resolve(socket)
      else reject(new BlindspotError('io', `proxy ${proxy.host}: expected status 200, got ${statusCode}`))
    })
    asked.on('timeout', () => asked.destroy(new Error(`proxy ${proxy.host}: no answer`)))
    asked.on('error', reject)
    asked.end()
  })
  return connect({ socket: raw, servername: url.hostname })
}

function proxyFor(url: URL): URL | undefined {
  if (url.protocol !== 'https:') return undefined
  const named = process.env['https_proxy'] ?? process.env['HTTPS_PROXY']
  if (named === undefined || named === '') return undefined
  const exempt = (process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '')
    .split(',')
    .map((host) => host.trim())
  const direct = exempt.some(
    (host) => host === '*' || (host !== '' && `.${url.hostname}`.endsWith(`.${host.replace(/^\./, '')}`)),
  )
  return direct ? undefined : new URL(named.includes('://') ? named : `http://${named}`)
}
