import { SingleBar } from 'cli-progress'
import { checkSetup, type SetupReport } from '../../operators/tensor/native/check.js'
import { setup, type SetupResult } from '../../operators/tensor/native/setup.js'
import type { SetupPhase, SetupProgress } from '../../operators/tensor/native/task.js'
import { BlindspotError } from '../../operators/errors.js'
import { jsonLine } from './jsonLine.js'
import { backendNames } from '../../operators/tensor/load.js'

export interface RunSetupOptions {
  /** Report on what there is and change nothing. Default: false. */
  readonly check?: boolean
  /** Print the result as one JSON object. Default: false. */
  readonly json?: boolean
  /** Stops the set-up; the exit code is then 130. */
  readonly signal?: AbortSignal
}

/**
 * The command `setup`: the result goes to stdout, progress to stderr. Resolves to the exit code: 0 also where only
 * wasm can be had, 1 where `BLINDSPOT_BACKEND` wants native then or no backend loads, 2 where `BLINDSPOT_BACKEND` names none.
 */
export async function runSetup({
  check = false,
  json = false,
  signal,
}: RunSetupOptions = {}): Promise<number> {
  const print = (value: object, text: string): void => console.log(json ? jsonLine(value) : text)
  const display = progressDisplay()
  try {
    if (check) {
      const report = await checkSetup(signal ? { signal } : {})
      print(report, reportText(report))
      return report.backend === undefined ? 1 : 0
    }
    const named = process.env['BLINDSPOT_BACKEND'] ?? ''
    if (named !== '' && !backendNames.some((name) => name === named)) {
      const expected = backendNames.join(', ')
      throw new BlindspotError('bad-option', `BLINDSPOT_BACKEND: expected one of ${expected}, got ${named}`)
    }
    if (named === 'wasm' || named === 'cpu') {
      print({ backend: named, did: [] }, `backend: ${named}, as BLINDSPOT_BACKEND says; nothing to set up`)
      return 0
    }
    const { onProgress, log } = display
    const result = await setup({ onProgress, log, ...(signal && { signal }) })
    display.stop()
    print(result, resultText(result))
    return named === 'native' && result.backend !== 'native' ? 1 : 0
  } catch (error) {
    display.stop()
    if (signal?.aborted === true) return 130
    if (!(error instanceof BlindspotError)) throw error
    console.error(error.message)
    return error.code === 'bad-option' ? 2 : 1
  } finally {
    display.stop()
  }
}

const phases: Readonly<Record<SetupPhase, string>> = {
  package: 'fetching @tensorflow/tfjs-node',
  wait: 'waiting for another set-up',
  download: 'downloading TensorFlow',
  verify: 'checking the download',
  unpack: 'unpacking TensorFlow',
  compile: 'compiling the binding',
  load: 'loading it',
}

/** A bar per phase on a terminal, a line per phase elsewhere. */
function progressDisplay(): {
  onProgress: (progress: SetupProgress) => void
  log: (line: string) => void
  stop: () => void
} {
  const bar = new SingleBar({
    format: '{phase} {bar} {percentage}% of {megabytes} MB, {eta_formatted} left',
    barsize: Math.max(4, Math.min(30, (process.stderr.isTTY ? process.stderr.columns : 80) - 55)),
    // a killed process could bring neither back
    hideCursor: false,
    linewrap: true,
    clearOnComplete: true,
    gracefulExit: false,
  })
  let phase: SetupPhase | undefined
  let next = 0
  const stop = (): void => {
    if (bar.isActive) bar.stop()
  }
  return {
    onProgress: (progress) => {
      const { done, total } = progress
      if (progress.phase !== phase) {
        stop()
        phase = progress.phase
        const size = total === 0 ? '' : ` (${megabytes(total)} MB)`
        if (total > 0 && process.stderr.isTTY) {
          bar.start(total, done, { phase: phases[phase], megabytes: megabytes(total) })
        } else if (phase !== 'wait') console.error(`${phases[phase]}${size}`)
      } else if (bar.isActive && performance.now() > next) {
        // The time left is reckoned from the last ten updates: not from ten chunks.
        next = performance.now() + 100
        bar.update(done)
      }
    },
    log: (line) => {
      stop()
      phase = undefined
      console.error(line)
    },
    stop,
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)
}

function resultText(result: SetupResult): string {
  if (result.backend === 'wasm') {
    return `backend: wasm, slower than native: ${result.reason}; ${result.remedy}`
  }
  const untested = result.tested ? '' : ' (untested on this platform)'
  return `backend: native, TensorFlow ${result.version}${untested}, ${result.did.length === 0 ? 'in place' : 'set up'}`
}

function reportText(report: SetupReport): string {
  const { backend, native, cache, tools } = report
  const lines: [string, string][] = [
    [
      'backend',
      backend
        ? `${backend.name} (${report.chosenBy}), threads ${backend.threads}`
        : `none: ${report.error ?? ''}`,
    ],
  ]
  if (backend?.fallbackReason !== undefined)
    lines.push(['because', backend.fallbackReason], ['to mend it', 'blindspot setup'])
  if (backend) lines.push(['lacks kernels', backend.gaps.length === 0 ? 'none' : backend.gaps.join(' ')])
  lines.push(
    [
      'versions',
      Object.entries(report.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['platform', [report.platform, report.libc].filter(Boolean).join(', ')],
    [
      'native files',
      [native.state, native.reason, native.tested === false && 'untested here'].filter(Boolean).join(', '),
    ],
    ['cache', `${cache.path} (${cache.state})`],
    ['compiler', tools.compiler ?? 'none'],
    ['python', tools.python ?? 'none'],
    ['pip', tools.pip ?? 'none'],
  )
  return lines.map(([name, value]) => `${name.padEnd(14)} ${value}`).join('\n')
}
