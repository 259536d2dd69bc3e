import { readdirSync, readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { markdownTable } from 'markdown-table'
import { repeat, takeWhile } from 'rxjs'
import sharp from 'sharp'
import { predictions } from '../operators/classifier.js'
import type { Framing } from '../operators/classifier/framing.js'
import { consume } from '../operators/flow/consume.js'
import { useBackend } from '../operators/tensor/backend.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { provenance } from '../pipelines/steps/provenance.js'
import { imagenet } from '../sources/imagenet.js'
import { decodePhotograph } from '../sources/photograph/decode.js'
import { median, peakMemory, resetPeak } from './measure.js'
import { settings } from './settings.js'

/**
 * Photographs: what decoding costs beside sharp alone, and what its resize does to logits.
 *
 *     node dist/bench/imagenet.js [decode|logits|memory…] [data=FOLDER] [model=DIR] [runs=N] [inFlight=N] [repeats=N]
 *
 * Without a word all of them. FOLDER holds photographs (../shared/data/imagenet-sample), DIR a network
 * (../shared/data/models/squeezenet1.1); `runs` (5) by the clock after one that is not, of which each takes all ways in turn;
 * `inFlight` (16) photographs at once; `memory` streams `repeats` (3000) photographs, the folder again and again.
 */
const { named, number, text } = settings(process.argv.slice(2))
const parts = named.length > 0 ? named : ['decode', 'logits', 'memory']
const inFlight = number('inFlight', 16)
const folder = text('data', '../shared/data/imagenet-sample')
const photographs = photographsIn(folder)
const framing: Framing = { size: [227, 227], crop: { policy: 'exact', resize: [256, 256] } }

await useBackend()
console.log(`${cpus()[0].model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`)
console.log(JSON.stringify({ ...(await provenance()), sharp: sharp.versions }))
if (parts.includes('decode')) await decodeBench(number('runs', 5))
if (parts.includes('logits')) await logitsBench(text('model', '../shared/data/models/squeezenet1.1'))
if (parts.includes('memory')) await memoryBench(number('repeats', 3000))

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function photographsIn(folder: string): readonly Buffer[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name)))
}

/** Does something with each, so many at once. */
async function each<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items[Symbol.iterator]()
  const lane = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}

/** What an input costs: by this library, and by sharp alone, which decodes, resizes and crops by itself. */
async function decodeBench(runs: number): Promise<void> {
  const ways: [name: string, work: (photograph: Buffer) => Promise<unknown>][] = [
    ['sharp alone', bySharp],
    ['resize: pillow', (bytes) => decodePhotograph(bytes, { framing })],
    ['resize: sharp', (bytes) => decodePhotograph(bytes, { framing, resize: 'sharp' })],
  ]
  const measured = ways.map(([name]) => ({
    name,
    speeds: [] as number[],
    cpu: [] as number[],
    main: [] as number[],
  }))
  for (let run = 0; run <= runs; run++)
    for (const [way, [, work]] of ways.entries()) {
      const [started, used, loop] = [
        performance.now(),
        process.cpuUsage(),
        performance.eventLoopUtilization(),
      ]
      await each(photographs, work)
      const seconds = (performance.now() - started) / 1000
      const { user, system } = process.cpuUsage(used)
      if (run === 0) continue
      measured[way].speeds.push(photographs.length / seconds)
      measured[way].cpu.push((user + system) / 1000 / photographs.length)
      measured[way].main.push(performance.eventLoopUtilization(loop).utilization)
    }
  const [alone] = measured
  console.log(
    `\n${photographs.length} photographs, ${inFlight} at once; median of ${runs} runs, ratios within a run.\n`,
  )
  console.log(
    markdownTable([
      [
        'way',
        'images/s [least, most]',
        'over sharp alone',
        'ms of all cores',
        'over sharp alone',
        'main thread busy',
      ],
      ...measured.map(({ name, speeds, cpu, main }) => [
        name,
        `${median(speeds).toFixed(0)} [${Math.min(...speeds).toFixed(0)}, ${Math.max(...speeds).toFixed(0)}]`,
        median(speeds.map((speed, run) => speed / alone.speeds[run])).toFixed(2),
        median(cpu).toFixed(2),
        median(cpu.map((ms, run) => ms / alone.cpu[run])).toFixed(2),
        `${(100 * median(main)).toFixed(0)} %`,
      ]),
    ]),
  )
}

function bySharp(bytes: Buffer): Promise<Buffer> {
  const [height, width] = framing.size
  return sharp(bytes, { failOn: 'error', ignoreIcc: true })
    .resize({ height: 256, width: 256, fit: 'fill', kernel: 'linear' })
    .extract({ top: 14, left: 14, height, width })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer()
}

/** What a network says of the same photographs when sharp resizes them in place of Pillow's filter. */
async function logitsBench(path: string): Promise<void> {
  const classifier = await loadClassifier(path)
  const of = classifier.framing ?? framing
  const changes: number[] = []
  const largest: number[] = []
  const spreads: number[] = []
  const pixels: number[] = []
  let other = 0
  for (const photograph of photographs) {
    const [a, b] = await Promise.all(
      (['pillow', 'sharp'] as const).map((resize) => decodePhotograph(photograph, { framing: of, resize })),
    )
    const [p, q] = [a, b].map((bytes) => classifier.logits(Float32Array.from(bytes, (value) => value / 255)))
    const apart = Array.from(p, (value, k) => Math.abs(value - q[k]))
    changes.push(Math.sqrt(mean(apart.map((value) => value * value))))
    largest.push(Math.max(...apart))
    const center = mean(Array.from(p))
    spreads.push(Math.sqrt(mean(Array.from(p, (value) => (value - center) ** 2))))
    pixels.push(mean(Array.from(a, (value, i) => Math.abs(value - b[i]))))
    const [[top], [second]] = [p, q].map((logits) => predictions(logits, classifier.classes))
    if (top !== second) other += 1
  }
  classifier.dispose()
  console.log(`\n${classifier.name} on ${photographs.length} photographs, resized by sharp and as Pillow.\n`)
  console.log(
    markdownTable([
      [
        'mean change of a pixel, of 255',
        'RMS change of logits',
        'their RMS',
        'largest change, mean',
        'most',
        'another top-1',
      ],
      [
        mean(pixels).toFixed(2),
        mean(changes).toFixed(3),
        mean(spreads).toFixed(3),
        mean(largest).toFixed(3),
        Math.max(...largest).toFixed(3),
        `${other} (${((100 * other) / photographs.length).toFixed(1)} %)`,
      ],
    ]),
  )
}

/** Resident memory as photographs go by. */
async function memoryBench(repeats: number): Promise<void> {
  const rows: string[][] = []
  let read = 0
  await resetPeak()
  // the folder again and again, as the steps read it
  const stream = imagenet(folder, framing).pipe(
    repeat(),
    takeWhile(() => read < repeats),
  )
  await consume(stream, async ({ index }) => {
    const before = read
    read += index.length
    if (Math.floor((4 * read) / repeats) === Math.floor((4 * before) / repeats)) return
    const resident = process.memoryUsage.rss() / 2 ** 20
    rows.push([String(read), (await peakMemory()).toFixed(0), resident.toFixed(0)])
    await resetPeak()
  })
  console.log(markdownTable([['photographs', 'peak MB since the row before', 'MB at its end'], ...rows]))
}
