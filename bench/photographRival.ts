import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lossGradient } from '../operators/classifier/lossGradient.js'
import { type Classifier, inputSize } from '../operators/classifier.js'
import { standingOf } from '../operators/minimize/standing.js'

/** What scipy's L-BFGS-B found for one image. */
export interface RivalFound {
  /** RMS of the nearest minimiser that is the target; null where there is none. */
  readonly distortion: number | null
  /** RMS of the nearest point with the target that was evaluated; null where there is none. */
  readonly nearest: number | null
  /** c ‖r‖² + cross-entropy where the minimisation with the first c ended. */
  readonly objective: number | null
  readonly c: number | null
  readonly evaluations: number
  readonly solves: number
  readonly seconds: number
}

const SCRIPT = fileURLToPath(new URL('../../bench/photographRival.py', import.meta.url))

/**
 * Runs scipy's L-BFGS-B on images [n × values], one at a time: Python asks for the loss and its gradient at a point, this process
 * answers by the classifier, so that both methods have the very same network. `c` is where its search of each image begins.
 */
export async function photographRival(
  python: string,
  classifier: Classifier,
  pixels: Float32Array,
  targets: readonly number[],
  c: readonly number[],
): Promise<{ readonly version: string; readonly found: readonly RivalFound[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'blindspot-rival-'))
  const at = (name: string) => join(folder, name)
  try {
    await writeFile(at('pixels.f32'), pixels)
    await writeFile(
      at('cases.json'),
      JSON.stringify({ pixels: at('pixels.f32'), targets, c, results: at('found.json') }),
    )
    const child = spawn(python, [SCRIPT, at('cases.json')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
    })
    const ended = once(child, 'close')
    const question = 4 + 4 * inputSize(classifier)
    let unread: Buffer[] = []
    let length = 0
    for await (const part of child.stdout as AsyncIterable<Buffer>) {
      unread.push(part)
      length += part.length
      if (length < question) continue
      child.stdin.write(answer(classifier, Buffer.concat(unread)))
      unread = []
      length = 0
    }
    await ended
    return JSON.parse(await readFile(at('found.json'), 'utf8')) as Awaited<ReturnType<typeof photographRival>>
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Loss and margin in doubles, then the gradient, of a target and a point. */
function answer(classifier: Classifier, question: Buffer): Buffer {
  const target = question.readInt32LE(0)
  const point = new Float32Array(
    question.buffer.slice(question.byteOffset + 4, question.byteOffset + question.length),
  )
  const { logits, gradient } = lossGradient(classifier, point, Int32Array.of(target))
  const { loss, margin } = standingOf(logits, target, 1)
  return Buffer.concat([
    new Uint8Array(Float64Array.of(loss, margin).buffer),
    new Uint8Array(gradient.buffer, gradient.byteOffset, gradient.byteLength),
  ])
}
