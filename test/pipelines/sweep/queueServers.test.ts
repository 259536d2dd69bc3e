import { connect } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { warnThrough } from '../../../operators/errors.js'
import { openBroker } from '../../../pipelines/sweep/queue/broker.js'
import { queueExecutor } from '../../../pipelines/sweep/queue/queueExecutor.js'
import { killAtWork, startWorker, tryWorker } from './members.js'
import {
  makeCertificate,
  NEEDS_OPENSSL,
  NEEDS_POSTGRES,
  NEEDS_REDIS,
  startPostgres,
  startRedis,
} from '../../servers.js'
import { dataSetIn, taskOf, training } from './work.js'

const root = t.testdir()
const SECRET = 's3cret-of-the-queue'
const withUser = (url: string, user: string) => url.replace(/\/\/(\w+@)?/, `//${user}@`)

t.test('a Redis with a password', { skip: NEEDS_REDIS }, async (t) => {
  const server = await startRedis(
    '--requirepass',
    SECRET,
    '--maxmemory-policy',
    'allkeys-lru',
    '--maxmemory',
    '1gb',
  )
  t.teardown(() => server.close())
  const url = withUser(server.url, `:${SECRET}`)
  const warnings: string[] = []
  warnThrough((message) => warnings.push(message))
  const { folder, data } = await dataSetIn(root, 'redis')
  const executor = await queueExecutor(folder, url)
  t.teardown(() => executor.close())
  t.match(warnings, [/set maxmemory-policy to noeviction/])
  const worker = await startWorker(url)
  t.teardown(() => worker.kill('SIGTERM'))
  t.same(await executor.perform(await taskOf(folder, training(data, 'a'))), { kind: 'done' })
  t.notMatch(worker.said(), SECRET)

  // all that Redis has
  const redis = connect(server.port, '127.0.0.1')
  redis.write(`AUTH ${SECRET}\r\nEVAL "${DUMP}" 0\r\nQUIT\r\n`)
  let all = ''
  redis.on('data', (bytes) => (all += bytes.toString('latin1')))
  await once(redis, 'close')
  t.match(all, /train a/, 'the job is there')
  t.notMatch(all, SECRET)

  const refused = async (user: string) => {
    const error = await openBroker(withUser(server.url, user)).catch((error: unknown) => error as Error)
    return (error as Error).message
  }
  t.match(await refused(':wrong-secret'), /does not accept the name or the password/)
  t.notMatch(await refused(':wrong-secret'), 'wrong-secret')
  await t.rejects(openBroker(server.url), {
    code: 'io',
    message: /asks for a password, and the URL has none/,
  })
})

/** Every key with its value, whatever its type. */
const DUMP = [
  "local all = ''",
  "for _, key in ipairs(redis.call('KEYS', '*')) do",
  "local type = redis.call('TYPE', key)['ok'] local value = ''",
  "if type == 'hash' then value = cjson.encode(redis.call('HGETALL', key))",
  "elseif type == 'stream' then value = cjson.encode(redis.call('XRANGE', key, '-', '+'))",
  "elseif type == 'string' then value = redis.call('GET', key) end",
  'all = all .. key .. value end return all',
].join(' ')

t.test('a Redis with TLS', { skip: NEEDS_OPENSSL }, async (t) => {
  const { authority, options } = makeCertificate(t.testdir())
  const server = await startRedis('--requirepass', SECRET, ...options)
  t.teardown(() => server.close())
  const url = withUser(server.url.replace('redis:', 'rediss:'), `:${SECRET}`)
  const unknown = tryWorker(url)
  await unknown.heard('error')
  t.match(unknown.told, [{ message: /certificate of 127.0.0.1:\d+ is not accepted .*NODE_EXTRA_CA_CERTS/ }])
  const plain = tryWorker(url.replace('rediss:', 'redis:'))
  await plain.heard('error')
  t.notMatch(JSON.stringify([unknown.told, plain.told]), SECRET)
  const known = await startWorker(url, {}, { NODE_EXTRA_CA_CERTS: authority })
  t.equal(await known.kill('SIGTERM'), 0)
  t.notMatch(known.said(), SECRET)
})

t.test('a PostgreSQL with a password', { skip: NEEDS_POSTGRES }, async (t) => {
  const server = await startPostgres(SECRET)
  t.teardown(() => server.close())
  const url = withUser(server.url, `blindspot:${SECRET}`)
  const { folder, data } = await dataSetIn(root, 'postgres')
  const executor = await queueExecutor(folder, url)
  t.teardown(() => executor.close())
  const worker = await startWorker(url)
  t.teardown(() => worker.kill('SIGTERM'))
  t.same(await executor.perform(await taskOf(folder, training(data, 'a'))), { kind: 'done' })
  await t.rejects(openBroker(withUser(server.url, 'blindspot:wrong-secret')), {
    code: 'io',
    message: /^(?!.*wrong-secret).*does not accept the name or the password/,
  })
  await t.rejects(openBroker(url.replace('/postgres', '/nowhere')), {
    code: 'io',
    message: /"nowhere" does not exist/,
  })
})

t.test('a database of Redis, and what others put into the queue', { skip: NEEDS_REDIS }, async (t) => {
  const server = await startRedis()
  t.teardown(() => server.close())
  await t.rejects(openBroker(`${server.url}/999`), {
    code: 'io',
    message: /^queue redis:.*\/999: ERR DB index is out of range/,
  })
  await t.rejects(openBroker(`${server.url}/one`), {
    code: 'bad-option',
    message: /the number of a database/,
  })

  const url = `${server.url}/3`
  const { folder, data } = await dataSetIn(root, 'database')
  const broker = await openBroker(url)
  const queue = broker.queue()
  t.teardown(() => queue.close())
  const jobs = await Promise.all(
    [null, {}, 'text', { folder, task: {} }].map((odd) => queue.add('odd', odd as never)),
  )
  const worker = await startWorker(url)
  t.teardown(() => worker.kill('SIGTERM'))
  const executor = await queueExecutor(folder, url)
  t.teardown(() => executor.close())
  t.same(await executor.perform(await taskOf(folder, training(data, 'a'))), { kind: 'done' })
  for (const { id = '' } of jobs)
    t.match((await queue.getJob(id))?.failedReason, /got something that blindspot did not put there/)
  t.equal(worker.told.length, 3, 'ready, begun and ended: of the odd ones nothing was begun')

  const redis = connect(server.port, '127.0.0.1')
  redis.write('INFO keyspace\r\nQUIT\r\n')
  let all = ''
  redis.on('data', (bytes) => (all += bytes.toString('latin1')))
  await once(redis, 'close')
  t.match(all, /^db3:/m)
  t.notMatch(all, /^db0:/m, 'the one that was asked for alone')
})

t.test('a step that takes its workers down is given up', { skip: NEEDS_REDIS }, async (t) => {
  const server = await startRedis()
  t.teardown(() => server.close())
  const { folder, data } = await dataSetIn(root, 'given up')
  const executor = await queueExecutor(folder, server.url, { look: 500 })
  t.teardown(() => executor.close())
  const outcome = executor.perform(await taskOf(folder, training(data, 'long', 100_000)))
  for (let times = 0; times < 4; times++) {
    const worker = await startWorker(server.url, { lease: 600 })
    await worker.heard('begun')
    await killAtWork(worker)
  }
  const last = await startWorker(server.url, { lease: 600 })
  t.teardown(() => last.kill('SIGTERM'))
  t.match(await outcome, {
    kind: 'failed',
    message: /^the workers that were at the step were lost, one after the other/,
  })
  t.same(last.told, [{ kind: 'ready' }])
})
