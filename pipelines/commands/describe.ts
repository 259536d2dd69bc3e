import { readFileSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { BlindspotError, printable } from '../../operators/errors.js'
import { shortage } from './shortage.js'
import { lackingModule, systemError } from './systemError.js'

/**
 * An error as a sentence: what is wrong and what to do. Of one that nothing expected, which is a mistake in this program, its
 * message, and where its trace is; with `BLINDSPOT_DEBUG=1` the trace of any.
 */
export function describe(error: unknown): string {
  const sentence = known(error)
  if (process.env['BLINDSPOT_DEBUG'] === '1') return `blindspot: ${sentence ?? mistake()}\n${inspect(error)}`
  return `blindspot: ${sentence ?? `${mistake()}: ${messageOf(error)}; ${traceOf(error)}`}`
}

function known(error: unknown): string | undefined {
  const lacking = shortage(error)
  if (lacking !== undefined) return `${lacking} (${messageOf(error)})`
  return error instanceof BlindspotError ? error.message : (systemError(error) ?? lackingModule(error))
}

const messageOf = (error: unknown): string =>
  printable((error instanceof Error ? `${error.name}: ${error.message}` : inspect(error)).split('\n', 1)[0])

const mistake = () => `a mistake in blindspot ${versionOf() ?? ''}, not in the call`

/** Puts a trace where nobody else's file is, and says so. */
function traceOf(error: unknown): string {
  const path = join(tmpdir(), `blindspot-trace-${randomUUID()}.txt`)
  try {
    const head = `blindspot ${versionOf() ?? ''}, Node ${process.version}, ${process.platform}-${process.arch}`
    writeFileSync(path, `${head}\n${inspect(error)}\n`, { flag: 'wx', mode: 0o600 })
    return `its trace, for who mends it, is in ${path}`
  } catch {
    return 'with BLINDSPOT_DEBUG=1 the same call prints its trace, for who mends it'
  }
}

function versionOf(): string | undefined {
  try {
    const file = new URL('../../../package.json', import.meta.url)
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
  } catch {
    return undefined
  }
}
