import t from 'tap'
import { PassThrough } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import type { Progress } from '../../../operators/flow/progress.js'
import { progressBar, type ProgressBarOptions } from '../../../pipelines/commands/progressBar.js'

const at = (done: number, seconds: number, more: Partial<Progress> = {}): Progress => ({
  label: 'attack FC10',
  unit: 'images',
  state: 'running',
  done,
  total: 256,
  seconds,
  rate: done / seconds,
  secondsLeft: ((256 - done) * seconds) / done,
  ...more,
})

function written(reports: readonly Progress[], options: ProgressBarOptions, isTTY: boolean): string {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120, cursorTo: () => true })
  const bar = progressBar({ ...options, stream })
  for (const report of reports) bar.onProgress(report)
  bar.stop()
  return String(stream.read() ?? '')
}

const reports = [
  at(0, 0, { rate: 0, secondsLeft: undefined }),
  at(10, 2),
  at(30, 6),
  at(40, 7),
  at(80, 1.5, { label: 'train', unit: '', total: undefined, secondsLeft: undefined }),
  at(256, 51.2, { state: 'complete' }),
  at(81, 75, { label: 'train', unit: '', total: undefined, state: 'failed' }),
]

t.test('lines where there is no terminal, so many seconds apart', (t) => {
  t.same(written(reports, { every: 5000 }, false).trim().split('\n'), [
    'attack FC10: 11 %, 30/256 images, 5/s, 45 s left',
    'attack FC10: 256/256 images, 5/s, in 51 s',
    'train: 81, 1.08/s, failed after 1 min 15 s',
  ])
  t.end()
})

t.test('a first batch that takes long is told of', async (t) => {
  const stream = Object.assign(new PassThrough(), { isTTY: false })
  const bar = progressBar({ every: 10, stream })
  for (const label of ['attack', 'stopped'])
    bar.onProgress(at(0, 0, { label, rate: 0, secondsLeft: undefined }))
  bar.onProgress(at(2, 0.001, { label: 'attack' }))
  bar.onProgress(at(256, 0.002, { label: 'quick', state: 'complete' }))
  while (stream.readableLength < 100) await setTimeout(1)
  bar.stop()
  await setTimeout(20)
  t.same(String(stream.read()).trim().split('\n'), [
    'quick: 256/256 images, 128000/s, in 0.0 s',
    'attack: 0 %, 2/256 images, 2000/s, 0.1 s left',
    'stopped: 0 %, 0/256 images',
  ])
})

t.test('several bars on a terminal, nothing left running', (t) => {
  const text = written(reports, {}, true)
  t.match(text, /attack FC10 =+ 256\/256 images, 5\/s, in 51 s/)
  t.match(text, /train 81, 1\.08\/s, failed after 1 min 15 s/)
  t.end()
})

t.test('what is complete shows so, though it ended before the last of what was foreseen', (t) => {
  const early = [
    at(14, 2, { label: 'train a\x1b[2Jb', total: 60 }),
    at(14, 3, { label: 'train a\x1b[2Jb', total: 14, state: 'complete' }),
  ]
  const text = written(early, {}, true)
  t.match(text, /train a\\x1b\[2Jb ={24} 14\/14 images/)
  t.notMatch(text + written(early, {}, false), 'a\x1b', 'a name that terminals would obey')
  t.end()
})

t.test('brief bars fit their terminal, by what tells them apart, and go with their work', async (t) => {
  const label = 'train FC100-100-10(1e-4) first=5000 epochs=40#12'
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80, cursorTo: () => true })
  const bar = progressBar({ brief: true, stream })
  let text = ''
  const drawn = async (what: RegExp) => {
    for (text = ''; !what.test(text);) {
      await setTimeout(10)
      text += String(stream.read() ?? '')
    }
  }
  bar.onProgress(at(1, 1, { label: 'sweep' }))
  bar.onProgress(at(64, 8, { label }))
  await drawn(/train FC100-100-10\(1e-4\).*…\S*#12 .*64\/256/)
  bar.onProgress(at(256, 32, { label, state: 'complete' }))
  bar.onProgress(at(2, 2, { label: 'sweep' }))
  await drawn(/sweep .*2\/256/)
  stream.read()
  bar.onProgress(at(3, 3, { label: 'sweep' }))
  await drawn(/sweep .*3\/256/)
  t.notMatch(text, /train/, 'it is gone')
  bar.stop()
})

t.test('no line is wider than the terminal, nor its wrapping touched', (t) => {
  for (const columns of [40, 60, 80, 120]) {
    const stream = Object.assign(new PassThrough(), {
      isTTY: true,
      columns,
      cursorTo: () => true,
      clearLine: () => true,
    })
    const bar = progressBar({ stream })
    for (const label of ['attack FC10', 'attack FC100-100-10(1e-5,1e-5,1e-6) untargeted'])
      for (const one of [at(10, 2, { label }), at(256, 51.2, { label, state: 'complete' })])
        bar.onProgress(one)
    bar.stop()
    const text = String(stream.read() ?? '')
    t.notMatch(text, '\x1b[?7', 'a killed process could not bring it back')
    const lines = text.split(/\n|\x1b\[\d*[A-Z]/)
    t.ok(lines.some((line) => line.startsWith('attack FC10')))
    t.same(
      lines.filter((line) => line.length > columns),
      [],
      `at ${columns}`,
    )
  }
  t.end()
})

t.test('silent says nothing', (t) => {
  t.equal(written(reports, { silent: true }, false) + written(reports, { silent: true }, true), '')
  t.end()
})
