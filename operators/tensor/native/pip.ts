import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.js'
import type { Task } from './task.js'
import type { Wheel } from './wheels.js'

/** How pip may be called, in the order tried. */
const ways = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']] as const

/** What the first pip on this machine says of itself. */
export async function findPip(
  signal?: AbortSignal,
): Promise<{ command: readonly string[]; version: string } | undefined> {
  for (const command of ways) {
    const outcome = await run([...command, '--version'], { signal })
    if (outcome.kind === 'done')
      return { command, version: outcome.output.split(' ').slice(0, 2).join(' ').trim() }
  }
  return undefined
}

/**
 * Has pip download the wheel into `folder`, with the mirrors, proxies and certificates that its owner has given it.
 * Returns why it could not, or nothing.
 */
export async function downloadByPip(wheel: Wheel, folder: string, task: Task): Promise<string | undefined> {
  const pip = await findPip(task.signal)
  if (pip === undefined) return 'no pip on this machine'
  // pip writes to its temporary folder and moves the file when it is whole: with that folder inside ours the growth
  // can be watched, a small /tmp does not matter, and what a killed one leaves goes with the folder.
  const temporary = mkdtempSync(join(folder, 'pip-'))
  const watch = setInterval(() => {
    task.onProgress({ phase: 'download', done: Math.min(bytesIn(temporary), wheel.size), total: wheel.size })
  }, 200)
  try {
    const outcome = await run(
      [
        ...pip.command,
        ...[
          'download',
          '--no-deps',
          '--only-binary=:all:',
          '--implementation',
          'cp',
          '--python-version',
          '3.11',
        ],
        ...[
          '--platform',
          wheel.tag,
          '--no-cache-dir',
          '--no-input',
          '--retries',
          '2',
          '--progress-bar',
          'off',
        ],
        ...['--disable-pip-version-check', '--quiet', '--dest', folder, `${wheel.project}==${wheel.version}`],
      ],
      { signal: task.signal, env: { ...process.env, TMPDIR: temporary } },
    )
    if (outcome.kind === 'absent') return 'no pip on this machine'
    if (outcome.kind === 'failed') return `pip: ${errorLine(outcome.output) ?? outcome.reason}`
    return statSync(join(folder, wheel.file), { throwIfNoEntry: false })
      ? undefined
      : `pip brought no ${wheel.file}`
  } finally {
    clearInterval(watch)
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
  }
}

function errorLine(output: string): string | undefined {
  return /^ERROR: (.*)$/m.exec(output)?.[1]
}

function bytesIn(folder: string): number {
  const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(
    (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
