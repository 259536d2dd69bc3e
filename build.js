// `npm run build`: TypeScript for Node and for the report's page, AssemblyScript to WebAssembly, and what is copied as it is.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const KERNELS = ['minimize', 'ranking']

/** Runs a package's program by this Node. */
function run(module, program, ...args) {
  const folder = dirname(require.resolve(`${module}/package.json`))
  const { status } = spawnSync(process.execPath, [join(folder, program), ...args], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

run('typescript', 'bin/tsc', '-p', 'tsconfig.json')
run('typescript', 'bin/tsc', '-p', 'sinks/report/browser')
for (const kernel of KERNELS)
  run(
    'assemblyscript',
    'bin/asc.js',
    `operators/kernel/${kernel}.ts`,
    ...['--config', 'operators/kernel/asconfig.json', '--target', kernel],
  )
copyFileSync('sinks/report/style.css', 'dist/sinks/report/style.css')
chmodSync('dist/pipelines/cli.js', 0o755)
