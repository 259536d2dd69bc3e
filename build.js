// `npm run build`: TypeScript for Node and for the report's page, AssemblyScript to WebAssembly, and what is copied as it is.
// What is built and has not changed since is left as it is, what is of no source goes; without dist/ everything is built.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const KERNELS = ['minimize', 'ranking', 'resample']
const KERNEL_SOURCES = [
  'package-lock.json',
  ...readdirSync('operators/kernel').map((name) => join('operators/kernel', name)),
]

/** Runs a package's program by this Node. */
function run(module, program, ...args) {
  const folder = dirname(require.resolve(`${module}/package.json`))
  const { status } = spawnSync(process.execPath, [join(folder, program), ...args], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** Builds a project of TypeScript; what is known of its last build lies in dist/, and goes when that goes. */
const compile = (project, name) =>
  run(
    'typescript',
    'bin/tsc',
    ...['-p', project, '--incremental', '--tsBuildInfoFile', `dist/${name}.tsbuildinfo`],
  )

const changed = (path) => statSync(path).mtimeMs
const isBuilt = (path, sources) =>
  existsSync(path) && sources.every((source) => changed(source) < changed(path))

compile('tsconfig.json', 'node')
compile('sinks/report/browser', 'browser')
await import('./clean.js')
for (const kernel of KERNELS)
  if (!isBuilt(`dist/operators/kernel/${kernel}.wasm`, KERNEL_SOURCES))
    run(
      'assemblyscript',
      'bin/asc.js',
      `operators/kernel/${kernel}.ts`,
      ...['--config', 'operators/kernel/asconfig.json', '--target', kernel],
    )
copyFileSync('sinks/report/style.css', 'dist/sinks/report/style.css')
chmodSync('dist/pipelines/cli.js', 0o755)
