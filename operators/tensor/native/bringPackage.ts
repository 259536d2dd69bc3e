import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { SetupError } from './fallback.js'
import { nodePackage, packageAt, type NodePackage } from './package.js'
import { run } from './run.js'
import type { Task } from './task.js'

const PNPM = 'pnpm add --ignore-scripts'

/** What other package managers than npm leave in a project, and the command of each that adds a package without its scripts. */
const OTHERS: readonly (readonly [lock: string, has: string, command: string])[] = [
  ['pnpm-lock.yaml', '', PNPM],
  // since Yarn 2
  ['yarn.lock', '__metadata:', 'yarn add --mode=skip-build'],
  ['yarn.lock', '', 'yarn add --ignore-scripts'],
  ['bun.lock', '', 'bun add'],
  ['bun.lockb', '', 'bun add'],
]

/**
 * Has npm put `@tensorflow/tfjs-node` where it belongs, beside the TensorFlow.js in use and of its version, without the package's
 * own script: that asks for a download which is gone, fails, and npm leaves the optional package out. Neither the project's
 * `package.json` nor its lock file changes, in which it has its place already, so that later installs keep it.
 *
 * @throws SetupError where another package manager has laid out the project, or npm cannot bring it
 */
export async function bringPackage(task: Task): Promise<NodePackage> {
  const { folder, version } = packageAt(
    dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs/package.json')),
  )
  const wanted = `@tensorflow/tfjs-node@${version}`
  const project = dirname(dirname(dirname(folder)))
  const other = folder.includes('.pnpm') ? PNPM : addingOf(project)
  if (other !== undefined) throw SetupError.package(`${other} ${wanted}`)
  task.onProgress({ phase: 'package', done: 0, total: 0 })
  const install = ['install', wanted, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund']
  // of a global installation the project is this package, whose own tools nobody needs
  const isGlobal = basename(dirname(project)) === 'node_modules'
  const command = [...npm(), ...install, '--prefix', project, ...(isGlobal ? ['--omit', 'dev'] : [])]
  const outcome = await run(command, { signal: task.signal })
  const byHand = `npm ${install.slice(0, 4).join(' ')}`
  if (outcome.kind !== 'done')
    throw SetupError.package(
      byHand,
      outcome.kind === 'absent' ? 'no npm on this machine' : outcome.reason.replace(/^npm (error|ERR!) /, ''),
    )
  const target = nodePackage()
  if (target === undefined) throw SetupError.package(byHand, `npm left it out of ${project}`)
  return target
}

/** The command that adds a package to a project that another package manager than npm has laid out; undefined where none has. */
export const addingOf = (project: string): string | undefined =>
  OTHERS.find(([lock, has]) => {
    const path = join(project, lock)
    return existsSync(path) && readFileSync(path, 'latin1').includes(has)
  })?.[2]

/** The npm that runs this process, else the one on the PATH. */
function npm(): readonly string[] {
  const cli = process.env['npm_execpath']
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli)) return [process.execPath, cli]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}
