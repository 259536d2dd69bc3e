import { setImmediate } from 'node:timers/promises'
import { useBackend } from '../../../operators/tensor/backend.js'
import { tf } from '../../../operators/tensor/tf.js'

// node nativeSignals.js COUNT
// Multiplies matrices on the main thread until so many signals have come, one after another. Says when it is ready.

let left = Number(process.argv[2])
process.on('SIGWINCH', () => left--)
await useBackend('native')
const a = tf.ones([256, 784])
const b = tf.ones([784, 200])
const product = () => tf.tidy(() => tf.matMul(a, b).min().dataSync()[0])
product()
process.stdout.write('ready')
let least = Infinity
while (left > 0) {
  for (let i = 0; i < 20; i++) least = Math.min(least, product())
  await setImmediate()
}
process.stdout.write(` ${least}`)
