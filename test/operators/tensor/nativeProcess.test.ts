import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { bindingPath, nodePackage, packageCondition } from '../../../operators/tensor/native/package.js'
import { platform } from '../../../operators/tensor/native/platform.js'
import { wheels } from '../../../operators/tensor/native/wheels.js'

const pathOf = (program: string) => fileURLToPath(new URL(program, import.meta.url))
const target = nodePackage()
const wheel = wheels[platform]
const ready = target && wheel && packageCondition(wheel, target).kind === 'complete'
const skip = ready ? false : 'native TensorFlow is not set up: blindspot setup'

const env = { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' }

void t.test('two worker threads that begin at once do not end the process', { skip }, (t) => {
  const binding = join(target?.folder ?? '', bindingPath)
  // with the shared set of tfjs-node's own source: a segmentation fault, an abort or no end
  const { status, signal, stderr } = spawnSync(process.execPath, [pathOf('nativeThreads.js'), binding], {
    env,
    encoding: 'utf8',
    timeout: 600_000,
  })
  t.same({ status, signal }, { status: 0, signal: null }, `the child ends well ${stderr}`)
  t.end()
})

void t.test('signals during a matrix product do not end the process', { skip }, async (t) => {
  // with tfjs-node's own source, on a processor with AVX-512: dead after the first 2 to 15 of them
  const count = 60
  const child = spawn(process.execPath, [pathOf('nativeSignals.js'), String(count)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 600_000,
  })
  const ended = once(child, 'close')
  let said = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  await Promise.race([once(child.stdout, 'data'), ended])
  while (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGWINCH')
    await setTimeout(10)
  }
  t.same(await ended, [0, null], `the child ends well ${errors}`)
  t.equal(said, 'ready 784', 'and its products are right')
})
