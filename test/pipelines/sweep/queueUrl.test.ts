import { fileURLToPath } from 'node:url'
import t from 'tap'
import { provenance } from '../../../pipelines/steps/provenance.js'
import { openBroker } from '../../../pipelines/sweep/queue/broker.js'
import { packageOf } from '../../../pipelines/sweep/queue/packages.js'
import { parseQueueUrl } from '../../../pipelines/sweep/queue/queueUrl.js'
import { withoutCredentials } from '../../../pipelines/sweep/withoutCredentials.js'
import { freePort } from '../../servers.js'

t.test('texts without credentials', (t) => {
  const cases = {
    'redis://me:secret@queue:6379/0': 'redis://***@queue:6379/0',
    'rediss://:s3cr@t/#?@queue': 'rediss://***@queue',
    'postgres://me@queue/db?sslmode=require&password=secret&x=1':
      'postgres://***@queue/db?sslmode=require&password=***&x=1',
    '--queue=POSTGRESQL://a:b@h/d': '--queue=POSTGRESQL://***@h/d',
    'https://u:p@host/a@b?X-Amz-Signature=secret': 'https://***@host/a@b?X-Amz-Signature=***',
    's3://bucket/a@2/b': 's3://bucket/a@2/b',
    'mnist@/data/mnist:train': 'mnist@/data/mnist:train',
    'a redis://a:b@c and a redis://d:e@f': 'a redis://***@c and a redis://***@f',
  }
  t.same(Object.fromEntries(Object.keys(cases).map((text) => [text, withoutCredentials(text)])), cases)
  t.end()
})

t.test('a command line is noted without them', async (t) => {
  const { argv } = process
  t.teardown(() => (process.argv = argv))
  const cli = fileURLToPath(new URL('../../../pipelines/cli.js', import.meta.url))
  process.argv = [argv[0], cli, 'worker', '--queue', 'rediss://me:secret@queue:6380', '--workers', '2']
  t.match(await provenance({}), {
    command: "blindspot worker --queue 'rediss://***@queue:6380' --workers 2",
  })
})

t.test('URLs of queues', async (t) => {
  t.match(parseQueueUrl('redis://queue'), { kind: 'redis', shown: 'redis://queue', place: 'queue:6379' })
  t.match(parseQueueUrl('postgresql://me:a%2Fb@[::1]:77/db'), { kind: 'postgres', place: '[::1]:77' })
  const { clean } = parseQueueUrl('redis://me:a%2Fb@queue')
  t.equal(clean('AUTH me a/b, or a%2Fb'), 'AUTH me ***, or ***')
  const wrong = ['amqp://me:secret@queue', 'queue:6379', '', 'redis://me:se/cret@queue', 'redis:6379']
  const unslashed = [
    'me:secret@queue:6379',
    'redis:me:secret@queue',
    'redis:/me:sec@cret@queue',
    ':secret@queue',
  ]
  for (const text of [...wrong, ...unslashed]) {
    const thrown = await openBroker(text).catch((error: unknown) => error as Error)
    t.match(thrown, { code: 'bad-option', message: /expected redis:/ }, text)
    t.notMatch((thrown as Error).message, 'cret', text)
  }
  await t.rejects(openBroker('redis://queue', { prefix: 'a-b' }), { code: 'bad-option', message: /prefix/ })
})

t.test('queues that are not there', async (t) => {
  const port = await freePort()
  for (const scheme of ['redis', 'rediss', 'postgres']) {
    const thrown = await openBroker(`${scheme}://me:secret@127.0.0.1:${port}`).catch(
      (error: unknown) => error as Error,
    )
    const said = `queue ${scheme}://***@127.0.0.1:${port}: 127.0.0.1:${port} cannot be reached (`
    t.match(thrown, { code: 'io', message: said })
    t.notMatch((thrown as Error).message, 'secret')
  }
  const gone = packageOf('bullmq', () => Promise.reject(new Error("Cannot find package 'bullmq'\nstack")))
  await t.rejects(gone, {
    code: 'missing-package',
    message: /optional package bullmq, .*: npm install bullmq \(Cannot find package 'bullmq'\)$/,
  })
})
