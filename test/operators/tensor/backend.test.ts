import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { Backend } from '../../../operators/tensor/backend.js'

const at = (path: string): string => new URL(`../../../operators/tensor/${path}.js`, import.meta.url).href
const node = promisify(execFile)

interface Told {
  readonly out: Record<string, unknown> & {
    readonly backend?: Backend
    readonly error?: string
    readonly code?: string
  }
  readonly stderr: string
}

/** Runs a body that returns what it tells, in a process of its own, since a process has one backend. */
async function tell(body: string, env: NodeJS.ProcessEnv = {}, flags: string[] = []): Promise<Told> {
  const code = `
    import { Worker } from 'node:worker_threads'
    const backend = () => import('${at('backend')}')
    const tf = async () => (await import('${at('tf')}')).tf
    const told = await (async () => { ${body} })().catch(({ message, code }) => ({ error: message, code }))
    console.log(JSON.stringify(told))`
  const { stdout, stderr } = await node(process.execPath, [...flags, '--input-type=module', '-e', code], {
    env: { ...process.env, NODE_OPTIONS: '', BLINDSPOT_BACKEND: '', ...env },
  })
  return { out: JSON.parse(stdout) as Told['out'], stderr }
}

/** A matmul and the input gradient of a small network, of numbers that every backend is given alike. */
const compute = (choice: string): string => `
  const used = await (await backend()).useBackend(${choice})
  const { tensor, sigmoid, grad, sum, square } = await tf()
  const wave = (n, f) => tensor(Float32Array.from({ length: n }, (_, i) => Math.sin(i * f)))
  const x = wave(64 * 784, 0.37).reshape([64, 784])
  const w = wave(784 * 100, 1.3).mul(0.1).reshape([784, 100])
  const product = x.matMul(w)
  const gradient = grad((x) => sum(square(sigmoid(x.matMul(w)))))(x)
  return {
    backend: used,
    product: [...(await product.data())],
    gradient: [...(await gradient.slice([0, 0], [4, 784]).data())],
    versions: await (await backend()).backendVersions(),
  }`

// Most of a test's time is starting processes.
t.jobs = 2

void t.test('the backends agree, are silent and say what they are', { buffered: true }, async (t) => {
  const cpu = await tell(compute(`'cpu'`))
  t.same(cpu.out.backend, { name: 'cpu', threads: 1, version: cpu.out.backend?.version, gaps: [] })
  const distance = (a: Told, key: string): number => {
    const [ours, theirs] = [a.out[key] as number[], cpu.out[key] as number[]]
    return Math.max(...ours.map((value, i) => Math.abs(value - (theirs[i] ?? NaN))))
  }
  const wasm = await tell(compute(''), { BLINDSPOT_BACKEND: 'wasm' })
  t.match(wasm.out.backend, { name: 'wasm', threads: 1, gaps: [/.*/] })
  t.ok(wasm.out.backend?.gaps.includes('Conv2DBackpropFilter'), 'wasm owns up to its missing kernel')
  t.ok(distance(wasm, 'product') < 1e-4 && distance(wasm, 'gradient') < 1e-5, 'wasm agrees with cpu')
  t.same([cpu.stderr, wasm.stderr], ['', ''])

  const native = await tell(compute(''))
  if (native.out.backend?.name !== 'native') {
    t.comment(native.out.backend?.fallbackReason)
    return
  }
  t.match(native.out, {
    backend: { threads: 1, version: /^2\./ },
    versions: { backend: 'native', tensorflow: /^2\./ },
  })
  t.ok(distance(native, 'product') < 1e-4 && distance(native, 'gradient') < 1e-5, 'native agrees with cpu')
  t.equal(native.stderr, '')
})

void t.test('a wrong or second choice is an error that lists the choices', { buffered: true }, async (t) => {
  const [bad, twice] = await Promise.all([
    tell('return (await backend()).useBackend()', { BLINDSPOT_BACKEND: 'gpu' }),
    tell(`const { useBackend } = await backend()
      const same = await Promise.all([useBackend('cpu'), useBackend(), useBackend('cpu')])
      return { names: same.map(({ name }) => name), second: await useBackend('wasm').catch(({ message }) => message) }`),
  ])
  t.match(bad.out, {
    code: 'bad-option',
    error: 'BLINDSPOT_BACKEND: expected one of native, wasm, cpu, got gpu',
  })
  t.match(twice.out, { names: ['cpu', 'cpu', 'cpu'], second: /expected cpu.*got wasm/ })
})

void t.test(
  'where the binding does not load: wasm with the reason, or an error where native was asked for',
  { buffered: true },
  async (t) => {
    const flags = ['--no-addons']
    const [automatic, named] = await Promise.all([
      tell('return { backend: await (await backend()).useBackend() }', {}, flags),
      tell(`return (await backend()).useBackend('native')`, {}, flags),
    ])
    t.match(automatic.out, { backend: { name: 'wasm', fallbackReason: /^native: ./ } })
    t.match(named.out, { code: 'backend', error: /^backend native: .*run `blindspot setup`/ })
  },
)

void t.test(
  'worker threads get the environment of the main thread, or say that they do not',
  { buffered: true },
  async (t) => {
    const worker = `
    const { parentPort } = await import('node:worker_threads')
    const { useBackend } = await import('${at('backend')}')
    parentPort.postMessage(await useBackend('native').then(({ threads }) => threads, ({ message }) => message))`
    const ask = `
    const url = new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(worker)}`)})
    const ask = () => new Promise((resolve, reject) => new Worker(url).on('message', resolve).on('error', reject))`
    const [prepared, unprepared] = await Promise.all([
      tell(`(await import('${at('environment')}')).prepareEnvironment()
      ${ask}
      return { told: await Promise.all([ask(), ask()]) }`),
      tell(`${ask}\nreturn { told: [await ask()] }`),
    ])
    t.match(unprepared.out, { told: [/prepareEnvironment/] })
    const told = prepared.out['told'] as unknown[]
    if (told.some((answer) => String(answer).includes('not set up'))) t.comment('not set up')
    else t.same([told, prepared.stderr], [[1, 1], ''])
  },
)

void t.test(
  'who chooses none gets the fastest for what is trained, and for what is loaded',
  { buffered: true },
  async (t) => {
    const library = `
    const { imagesOf, loadClassifier, train, useBackend } = await import('blindspot')
    const { lastValueFrom } = await import('rxjs')
    const { mkdtempSync, rmSync } = await import('node:fs')
    const folder = mkdtempSync('${join(tmpdir(), 'chosen-')}')
    process.on('exit', () => rmSync(folder, { recursive: true }))
    const trained = async () => {
      const pixels = Float32Array.from({ length: 16 }, (_, i) => i % 2)
      const images = imagesOf({ pixels, shape: [2, 2, 1], labels: [0, 1, 0, 1] })
      return lastValueFrom(images.pipe(train('FC2', { iterations: 2 })))
    }`
    const environment = { BLINDSPOT_BACKEND: 'wasm' }
    const [trained, loaded] = await Promise.all([
      tell(`${library}\nreturn (await trained()).provenance.versions`, environment),
      tell(
        `${library}
        const { alexnet, writeUntrained } = await import('blindspot')
        await writeUntrained(alexnet({ classes: 10, width: 1 / 32 }), folder)
        await loadClassifier(folder)
        return { second: await useBackend('cpu').catch(({ message }) => message) }`,
        environment,
      ),
    ])
    t.match(trained.out, { backend: 'wasm' })
    t.match(loaded.out, { second: /expected wasm, which this process already uses/ })
    t.same([trained.stderr, loaded.stderr], ['', ''])
  },
)
