import t from 'tap'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { concatMap, from, map } from 'rxjs'
import { consume } from '../../../operators/flow/consume.js'
import { mapConcurrent } from '../../../operators/flow/mapConcurrent.js'
import { prefetch } from '../../../operators/flow/prefetch.js'
import { stream } from '../../../operators/flow/stream.js'
import { tf } from '../../../operators/tensor/tf.js'
import { useBackend } from '../../../operators/tensor/backend.js'

const MB = 2 ** 20
setFlagsFromString('--expose-gc')
setFlagsFromString('--no-concurrent-array-buffer-sweeping') // what is collected is gone at once
const collect = runInNewContext('gc') as () => void

/** Sends `count` fresh arrays of so many bytes through slow operators to a slow sink, and looks at memory. */
async function run(
  count: number,
  bytes: number,
  { touch, collectEvery }: { touch: number; collectEvery: number },
) {
  const before = process.memoryUsage()
  const peak = { alive: 0, buffers: 0, rss: 0 }
  let produced = 0
  let written = 0
  let total = 0
  let outOfOrder = 0
  function* batches() {
    for (let i = 0; i < count; i++) {
      const values = new Float32Array(bytes / 4)
      for (let at = 0; at < values.length; at += touch / 4) values[at] = i
      produced++
      peak.alive = Math.max(peak.alive, produced - written)
      if (produced % collectEvery === 0) collect()
      if (collectEvery === Infinity || produced % collectEvery === 0) {
        const { arrayBuffers, rss } = process.memoryUsage()
        peak.buffers = Math.max(peak.buffers, (arrayBuffers - before.arrayBuffers) / MB)
        peak.rss = Math.max(peak.rss, (rss - before.rss) / MB)
      }
      yield values
    }
  }
  const slowly = async (values: Float32Array) => {
    for (let turns = values[0] % 3; turns > 0; turns--) await turn()
    return values
  }
  const write = async (values: Float32Array) => {
    if (values[0] % 2 === 0) await turn()
    if (values[0] !== written) outOfOrder++
    total += values.byteLength
    written++
  }
  const chain = stream(batches).pipe(
    prefetch(4),
    map((values) => values.subarray(0)),
    mapConcurrent(slowly, { concurrency: 3 }),
    prefetch(2),
  )
  await consume(chain, write)
  const ours = { ...peak }
  // the same measure on what plain RxJS does
  produced = written = 0
  count = 64
  await consume(from(batches()).pipe(concatMap(slowly)), write)
  return { ...ours, total, outOfOrder, plainAlive: peak.alive }
}

t.test('25 GB through slow operators and a slow sink', async (t) => {
  // 4 and 2 that wait, 3 in work, 1 being written; each of the 5 stages may still have its last one in hand
  const most = 4 + 3 + 2 + 1

  // more than malloc ever takes from its heap, and hardly touched, so that the kernel need not clear 25 GB;
  // the collector is called now and then, because it cannot keep up with 10 GB/s by itself
  const size = 80 * MB
  const huge = await run(320, size, { touch: size / 2, collectEvery: 64 })
  t.comment('320 batches of 80 MB:', huge)
  t.match(huge, { outOfOrder: 0, total: (320 + 64) * size, plainAlive: 64 })
  t.ok(huge.alive <= most, `${huge.alive} batches between source and sink`)
  t.ok(huge.buffers <= (most + 5) * 80, `${huge.buffers} MB cannot be collected`)

  // every page touched, the collector left alone
  const real = await run(2000, 0.8 * MB, { touch: 4096, collectEvery: Infinity })
  t.comment('2,000 batches of 0.8 MB:', real)
  t.ok(real.alive <= most, `${real.alive} batches between source and sink`)
  t.ok(real.rss < 400, `${real.rss} MB resident`)
})

t.test('cancelled in mid-flight, every tensor is freed', async (t) => {
  await useBackend()
  const before = tf.memory().numTensors
  let running = 0
  let produced = 0
  const means = stream(function* () {
    for (;;) yield new Float32Array(1000).fill(produced++)
  }).pipe(
    prefetch(2),
    mapConcurrent(
      async (values, _, signal) => {
        const tensor = tf.tensor(values)
        running++
        try {
          for (let turns = 0; turns < 10 && !signal.aborted; turns++) await turn()
          return tf.tidy(() => tensor.mean()).dataSync()[0]
        } finally {
          tensor.dispose()
          running--
        }
      },
      { concurrency: 4 },
    ),
  )
  const seen: number[] = []
  const subscription = means.subscribe((mean) => seen.push(mean))
  while (seen.length < 8 || running < 4) await turn()
  t.ok(tf.memory().numTensors >= before + 4, 'four in work')
  subscription.unsubscribe()
  const atEnd = { produced, seen: seen.length }
  for (let turns = 0; turns < 5; turns++) await turn()
  t.same({ produced, seen: seen.length, running }, { ...atEnd, running: 0 }, 'nothing more came')
})
