import { BlindspotError, warn } from '../../../operators/errors.js'
import { packageOf } from './packages.js'
import type { QueueUrl } from './queueUrl.js'

/** Milliseconds within which a server has to answer at the start. */
const PATIENCE = 10_000
const LEAST_REDIS = 5

/**
 * Sees that the server of a queue is there, lets us in and can hold a queue; of PostgreSQL also makes the queue's tables.
 *
 * @throws BlindspotError `io` where it cannot be reached or does not let us in, in a sentence without secrets;
 * `missing-package`
 */
export async function reach(url: QueueUrl, prefix: string): Promise<void> {
  try {
    await (url.kind === 'redis' ? reachRedis(url) : reachPostgres(url, prefix))
  } catch (error) {
    if (error instanceof BlindspotError) throw error
    throw new BlindspotError('io', `queue ${url.shown}: ${whyNot(error, url)}`)
  }
}

async function reachRedis(url: QueueUrl): Promise<void> {
  const { Redis } = await packageOf('ioredis', () => import('ioredis'))
  const client = new Redis(url.href, {
    ...{ lazyConnect: true, connectTimeout: PATIENCE, commandTimeout: PATIENCE, maxRetriesPerRequest: 0 },
    retryStrategy: () => null,
  })
  let first: Error | undefined
  client.on('error', (error: Error) => (first ??= error))
  try {
    await client.connect()
    const info = await client.info()
    // a database that is not there or not ours is no error of the connection: the first one is used in its place
    if (first !== undefined) throw first
    const valueOf = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
    const version = valueOf('redis_version')
    if (version !== undefined && Number.parseInt(version, 10) < LEAST_REDIS)
      throw new BlindspotError(
        'io',
        `queue ${url.shown}: expected Redis ${LEAST_REDIS} or later, got ${version}`,
      )
    const policy = valueOf('maxmemory_policy')
    if (policy !== undefined && policy !== 'noeviction')
      warn(
        `queue ${url.shown}: Redis drops keys when it is full (maxmemory-policy ${policy}), which can lose steps of the ` +
          'queue: set maxmemory-policy to noeviction',
      )
  } catch (error) {
    throw first ?? error
  } finally {
    client.disconnect()
  }
}

async function reachPostgres(url: QueueUrl, schema: string): Promise<void> {
  const { Client } = await packageOf('pg', () => import('pg'))
  const { runMigrations } = await packageOf('bullmq', () => import('bullmq'))
  const client = new Client({ connectionString: url.href, connectionTimeoutMillis: PATIENCE })
  // seen by what is asked of it
  client.on('error', () => undefined)
  try {
    await client.connect()
    await runMigrations(client, schema)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Whether an error is the connection's: it may be there again later. */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionError)
  const { code = '', message } = error as NodeJS.ErrnoException
  return (
    /^(ECONN|ENETUN|EHOSTUN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|57P0|08)/.test(code) ||
    /connection (is closed|terminated|ended)|terminating connection|^LOADING|connect ETIMEDOUT|timeout exceeded/i.test(
      message,
    )
  )
}

/** An error of a connection as a sentence without secrets. */
export function whyNot(error: unknown, url: QueueUrl): string {
  const one = error instanceof AggregateError ? (error.errors[0] as Error) : (error as Error)
  const { code = '', message } = one as NodeJS.ErrnoException
  const why = url.clean(message)
  if (/WRONGPASS|invalid password|28P01|28000/.test(`${code} ${message}`))
    return `${url.place} does not accept the name or the password (${why})`
  if (/NOAUTH/.test(message)) return `${url.place} asks for a password, and the URL has none (${why})`
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code))
    return (
      `the certificate of ${url.place} is not accepted (${why}); where it is of a private authority, ` +
      'name a file with that one’s certificate in NODE_EXTRA_CA_CERTS'
    )
  if (/EPROTO|ERR_SSL|does not support SSL/.test(`${code} ${message}`))
    return `${url.place} does not speak TLS as asked for (${why})`
  if (isConnectionError(error)) return `${url.place} cannot be reached (${why || code})`
  return why
}
