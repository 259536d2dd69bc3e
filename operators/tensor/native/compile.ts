import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createRequire } from 'node:module'
import { bindingSource } from './bindingSource.js'
import { SetupError } from './fallback.js'
import { run } from './run.js'
import type { Task } from './task.js'
import type { Wheel } from './wheels.js'
import { makeFolder } from '../../lock/makeFolder.js'

export interface Compiler {
  /** The compiler's program and arguments. */
  readonly command: readonly string[]
  /** The first line of what the compiler says of itself. */
  readonly version: string
}

/**
 * Linker's options for a library of Node. Without `nodelete`, the end of the last worker thread that uses the binding
 * unloads the library under the feet of its own threads, and the process dies of a segmentation fault. Without old
 * tags a library of the same name in LD_LIBRARY_PATH would be loaded in place of the one that was checked.
 */
const dynamicLibrary =
  process.platform === 'darwin'
    ? ['-bundle', '-undefined', 'dynamic_lookup']
    : ['-shared', '-fPIC', '-Wl,-z,nodelete', '-Wl,--disable-new-dtags']

/** `$CXX`, else the first usual name, that really compiles and links a C++17 library; nothing where none does. */
export async function findCompiler(signal?: AbortSignal): Promise<Compiler | undefined> {
  const own = process.env['CXX']?.trim()
  const commands = own ? [own.split(/\s+/)] : [['c++'], ['g++'], ['clang++']]
  const folder = mkdtempSync(join(tmpdir(), 'blindspot-'))
  try {
    for (const command of commands) {
      const arguments_ = ['-std=c++17', ...dynamicLibrary, '-x', 'c++', '-', '-o', join(folder, 'trial')]
      const input = '#include <string>\nextern "C" int trial() { return std::string("x").size(); }\n'
      const trial = await run([...command, ...arguments_], { signal, input })
      if (trial.kind !== 'done') continue
      const version = await run([...command, '--version'], { signal })
      return {
        command,
        version: version.kind === 'done' ? (version.output.split('\n')[0] ?? '') : command.join(' '),
      }
    }
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Compiles the binding between Node and TensorFlow out of the sources in `packageFolder` into `target`. It speaks
 * N-API 8, so one build serves every Node; it looks for the library where the package keeps it and, so that it can
 * be tried before it is put there, in the cache.
 */
export async function compileBinding(
  compiler: Compiler,
  wheel: Wheel,
  library: string,
  packageFolder: string,
  target: string,
  { signal, onProgress }: Task,
): Promise<void> {
  onProgress({ phase: 'compile', done: 0, total: 0 })
  const { include_dir: nodeHeaders } = createRequire(import.meta.url)('node-api-headers') as {
    include_dir: string
  }
  const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN'
  const temporary = `${target}.${process.pid}`
  makeFolder(dirname(target), 0o755)
  const backend = `${temporary}.cc`
  writeFileSync(backend, bindingSource(packageFolder))
  const outcome = await run(
    [
      ...compiler.command,
      ...['-std=c++17', '-O2', ...dynamicLibrary, '-w'],
      ...['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding', '-DBUILDING_NODE_EXTENSION'],
      ...[
        nodeHeaders,
        packageFolder,
        join(packageFolder, 'binding'),
        join(library, 'tensorflow/include'),
      ].map((folder) => `-I${folder}`),
      ...[backend, join(packageFolder, 'binding', 'tfjs_binding.cc')],
      ...wheel.libraries.map((name) => join(library, name)),
      ...[`${origin}/../../deps/lib`, `${origin}/../library/tensorflow`].map(
        (folder) => `-Wl,-rpath,${folder}`,
      ),
      ...['-o', temporary],
    ],
    { signal },
  )
  rmSync(backend, { force: true })
  if (outcome.kind !== 'done') {
    rmSync(temporary, { force: true })
    const reason =
      outcome.kind === 'absent' ? 'is gone' : (/error: .*/.exec(outcome.output)?.[0] ?? outcome.reason)
    throw SetupError.build(`${compiler.command.join(' ')} (${compiler.version}) on the binding: ${reason}`)
  }
  chmodSync(temporary, 0o755)
  renameSync(temporary, target)
}

/**
 * Loads the binding in a process of its own, since a library that does not suit the processor ends the one that it
 * is loaded into; returns the version of TensorFlow that it reports.
 */
export async function tryBinding(binding: string, { signal, onProgress }: Task): Promise<string> {
  onProgress({ phase: 'load', done: 0, total: 0 })
  const env = { ...process.env, NODE_OPTIONS: '' }
  const script = 'process.stdout.write("\\n" + require(process.argv[1]).TF_Version)'
  const outcome = await run([process.execPath, '-e', script, binding], { signal, env })
  if (outcome.kind === 'done') return outcome.output.split('\n').at(-1) ?? ''
  const reason =
    outcome.kind === 'failed' ? (/Error: .*/.exec(outcome.output)?.[0] ?? outcome.reason) : 'no Node'
  throw SetupError.build(`the binding was built but does not load: ${reason}`)
}
