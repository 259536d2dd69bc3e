import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { bindingPath, nodePackage, packageCondition } from '../../../operators/tensor/native/package.js'
import { platform } from '../../../operators/tensor/native/platform.js'
import { wheels } from '../../../operators/tensor/native/wheels.js'

const child = fileURLToPath(new URL('nativeThreads.js', import.meta.url))
const target = nodePackage()
const wheel = wheels[platform]
const ready = target && wheel && packageCondition(wheel, target).kind === 'complete'
const skip = ready ? false : 'native TensorFlow is not set up: blindspot setup'

void t.test('two worker threads that begin at once do not end the process', { skip }, (t) => {
  const binding = join(target?.folder ?? '', bindingPath)
  // with the shared set of tfjs-node's own source: a segmentation fault, an abort or no end
  const env = { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' }
  const { status, signal, stderr } = spawnSync(process.execPath, [child, binding], {
    env,
    encoding: 'utf8',
    timeout: 60_000,
  })
  t.same({ status, signal }, { status: 0, signal: null }, `the child ends well ${stderr}`)
  t.end()
})
