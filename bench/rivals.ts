import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** One implementation of `bench/rivals.py` on the images that it was given. */
export type Rival =
  | {
      readonly name: string
      readonly version: string
      /** Seconds for all images, without loading. */
      readonly seconds: number
      /** [n] RMS of the perturbations; null where the rival found no example. */
      readonly distortions: readonly (number | null)[]
    }
  | { readonly name: string; readonly skipped: string }

const NAMES = ['scipy', 'foolbox', 'advertorch']
const SCRIPT = fileURLToPath(new URL('../../bench/rivals.py', import.meta.url))

/** Runs the Python implementations, on one thread as they are fastest one image at a time; what is absent is `skipped`. */
export async function rivals(
  python: string,
  model: string,
  pixels: Float32Array,
  targets: readonly number[],
): Promise<Rival[]> {
  const folder = await mkdtemp(join(tmpdir(), 'blindspot-rivals-'))
  const at = (name: string) => join(folder, name)
  const cases = {
    model: model.endsWith('.json') ? dirname(model) : model,
    pixels: at('pixels.f32'),
    targets,
    rivals: NAMES,
    results: at('results.json'),
  }
  try {
    await writeFile(cases.pixels, pixels)
    await writeFile(at('cases.json'), JSON.stringify(cases))
    await promisify(execFile)(python, [SCRIPT, at('cases.json')], {
      env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
      maxBuffer: 2 ** 28,
    })
    return JSON.parse(await readFile(cases.results, 'utf8')) as Rival[]
  } catch (error) {
    const { code, stderr, message } = error as Error & { code?: unknown; stderr?: string }
    const skipped = code === 'ENOENT' ? `no ${python}` : (stderr?.trim().split('\n').at(-1) ?? message)
    return NAMES.map((name) => ({ name, skipped }))
  } finally {
    await rm(folder, { recursive: true })
  }
}
