import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { jsonLine } from '../../../pipelines/commands/jsonLine.js'
import { JSON_LINES } from '../../../pipelines/commands/jsonFields.js'
import { program } from '../../../pipelines/commands/program.js'
import { blindspot } from '../commandLine.js'
import { heldTo } from '../jsonOutput.js'
import { writeImages } from '../smallImages.js'

const root = t.testdir()
const at = (name: string) => join(root, name)
const [model, out] = [at('model'), at('results')]

t.test('names of code become those of columns, and others stay', (t) => {
  const value = {
    successRate: { n: 1, value: NaN },
    'my Network': { peakMemoryMb: [{ dataHash: null }] },
    ...{ FC10: 1, 'a-Bc': 2, SHA: 3, table1: '\u009b' },
  }
  t.equal(
    jsonLine(value),
    '{"success_rate":{"n":1,"value":null},"my Network":{"peak_memory_mb":[{"data_hash":null}]},"FC10":1,"a-Bc":2,"SHA":3,"table1":"\\u009b"}',
  )
  t.end()
})

t.test('every command says what its JSON is', (t) => {
  const names = program.commands.flatMap((one) =>
    one.commands.length === 0 ? [one.name()] : one.commands.map((part) => `${one.name()} ${part.name()}`),
  )
  t.same([...new Set(JSON_LINES.map(({ command }) => command))].sort(), names.sort())
  for (const { command, fields } of JSON_LINES)
    for (const name of Object.keys(fields)) t.match(name, /^[a-z]+[0-9]*(_[a-z]+)*[0-9]*$/, command)
  t.end()
})

/** Runs a command, and holds each of its lines to what is said of them. */
async function run(t: Test, name: string, ...args: readonly string[]): Promise<void> {
  const { code, out: text, err } = await blindspot(...name.split(' '), ...args, '--json')
  t.equal(code, 0, `${name}: ${err}`)
  const lines = text.trimEnd().split('\n')
  t.ok(text !== '', `${name} prints something`)
  for (const line of lines) heldTo(t, name, line)
}

t.test('what commands print is what is said of it', async (t) => {
  const data = `mnist@${writeImages(at('images'), 1, 60)}`
  const small = ['--workers', '0', '--limit', '12']
  await run(t, 'train', 'FC3(1e-2)', '--data', `${data}:train`, '--iterations', '20', '--out', model)
  await run(t, 'evaluate', model, '--data', `${data}:test`)
  await run(t, 'evaluate', model, '--data', `${data}:test`, '--out', out)
  await run(t, 'attack', model, '--data', `${data}:test`, '--payload', 'uint8', ...small, '--out', out)
  await run(t, 'score', out, '--models', model, '--noise', '0.1', '--out', out)
  await run(t, 'rank', model, '--layer', 'logits', '--data', `${data}:test`, '--out', out)
  await run(t, 'inspect', model)
  await run(t, 'runs', out)
  await run(t, 'verify', out, '--models', model)
  await run(t, 'export', out, '--npy', '--out', at('arrays'))
  await run(
    t,
    'attack',
    model,
    '--data',
    `${data}:test`,
    '--payload',
    'uint8',
    '--workers',
    '0',
    '--out',
    out,
  )
  await run(t, 'compact', out)
  await run(t, 'report', out)
  await run(t, 'query', out)
  await run(t, 'query', out, '--list')
  await run(t, 'table', model, '--format', 'delta')
  await run(t, 'setup', '--check')
  const weights = 'test/fixtures/alexnet/alexnet.safetensors'
  const shape = ['--classes', '10', '--width', String(1 / 32)]
  await run(t, 'import', 'alexnet', weights, ...shape, '--out', at('alexnet'))
  const spec = at('spec.json')
  const trained = { data: `${data}:train`, architecture: 'FC3(1e-2)', seed: [1, 2], iterations: 5 }
  writeFileSync(spec, JSON.stringify({ name: 'small', train: trained }))
  await run(t, 'sweep plan', spec)
  await run(t, 'sweep run', spec, '--out', at('sweep'), '--workers', '1')
  await run(t, 'sweep status', at('sweep'))
})
