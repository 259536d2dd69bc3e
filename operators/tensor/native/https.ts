import { createWriteStream, renameSync, statSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { BlindspotError } from '../../errors.js'
import { tunnel } from './tunnel.js'
import type { Task } from './task.js'
import type { Wheel } from './wheels.js'

/** A server that sends nothing for so long is given up. In milliseconds. */
const patience = 30_000

/**
 * Downloads the wheel into `folder` from an index that speaks the simple API in JSON (PEP 691). What an interrupted
 * download has left (`<file>.part`) is gone on with.
 */
export async function downloadByHttps(
  wheel: Wheel,
  folder: string,
  index: string,
  task: Task,
): Promise<void> {
  const { signal, onProgress } = task
  const page = new URL(`${wheel.project}/`, index.endsWith('/') ? index : `${index}/`)
  const listing = await get(page, { accept: 'application/vnd.pypi.simple.v1+json' }, signal)
  const { files } = (await json(listing)) as { files: { filename: string; url: string }[] }
  const found = files.find(({ filename }) => filename === wheel.file)
  if (found === undefined)
    throw new BlindspotError('io', `${page.href}: expected to list ${wheel.file}, it does not`)

  const part = join(folder, `${wheel.file}.part`)
  const have = statSync(part, { throwIfNoEntry: false })?.size ?? 0
  if (have < wheel.size) {
    const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {}
    const response = await get(new URL(found.url, page), headers, signal)
    // A server that does not know ranges answers 200 and sends all of it.
    const resumed = response.statusCode === 206
    let done = resumed ? have : 0
    response.on('data', (chunk: Buffer) => {
      onProgress({ phase: 'download', done: (done += chunk.length), total: wheel.size })
    })
    const to = createWriteStream(part, { flags: resumed ? 'a' : 'w' })
    await pipeline(response, to, signal ? { signal } : {})
  }
  renameSync(part, join(folder, wheel.file))
}

/** A GET that follows redirects, goes through the proxy that the environment names, and rejects on any other status. */
async function get(
  url: URL,
  headers: Record<string, string>,
  signal?: AbortSignal,
  redirects = 5,
): Promise<IncomingMessage> {
  const socket = await tunnel(url, signal)
  const options = { headers, timeout: patience, ...(signal && { signal }) }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, ...(socket && { agent: false, createConnection: () => socket }) })
        : httpRequest(url, options)
    request.on('response', resolve).on('error', reject)
    request.on('timeout', () => request.destroy(new Error(`${url.host}: no answer for ${patience / 1000} s`)))
    request.end()
  })
  const { statusCode = 0 } = response
  const { location } = response.headers
  if (location !== undefined && statusCode >= 300 && statusCode < 400 && redirects > 0) {
    response.resume()
    return get(new URL(location, url), headers, signal, redirects - 1)
  }
  if (statusCode === 200 || statusCode === 206) return response
  response.resume()
  throw new BlindspotError('io', `${url.href}: expected status 200, got ${statusCode}`)
}
