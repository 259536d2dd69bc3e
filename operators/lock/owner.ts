import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * A process, known by more than its number: numbers are given again, to another program on this machine, to another
 * container's first process, or after a restart.
 */
export interface Owner {
  readonly pid: number
  /** Boot and namespaces in which the number counts, on Linux; elsewhere nothing. */
  readonly place?: string
  /** When the process began, in clock ticks since the boot. */
  readonly started?: string
  /** The machine's name, for people. */
  readonly host: string
  /** When the owner took the lock, for people, ISO 8601. */
  readonly since?: string
}

/** `unknown`: of another place, or of a form that tells too little; only watching it can show. */
export type Fate = 'alive' | 'gone' | 'unknown'

const place = findPlace()
const started = place === undefined ? undefined : stateOf('self')?.started

/** This process as an owner. */
export function thisProcess(): Owner {
  return {
    pid: process.pid,
    ...(place !== undefined && started !== undefined && { place, started }),
    host: hostname(),
    since: new Date().toISOString(),
  }
}

/** Whether a process is this one. */
export function isThisProcess(owner: Owner): boolean {
  return owner.pid === process.pid && owner.place === place && owner.started === started
}

/** What has become of a process, as far as this one can tell; of one that was stopped, only whether it goes on. */
export function fateOf(owner: Pick<Owner, 'pid' | 'place' | 'started'>): Fate {
  if (owner.place === undefined || owner.started === undefined || owner.place !== place) return 'unknown'
  const state = stateOf(owner.pid)
  if (state !== undefined) {
    if (state.started !== owner.started || state.ended) return 'gone'
    return state.stopped ? 'unknown' : 'alive'
  }
  // other users' processes can be hidden from /proc
  return exists(owner.pid) ? 'unknown' : 'gone'
}

/** Whether a process of this number runs here. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** `process 12 of host a, since 2026-11-28 15:20:11 UTC`. */
export function describeOwner({ pid, host, since }: Owner): string {
  const time = since === undefined ? '' : `, since ${since.slice(0, 19).replace('T', ' ')} UTC`
  return `process ${pid} of host ${host}${time}`
}

/** An owner as a lock's file has it; nothing where it has none. Locks of earlier versions have `pid` and `host` alone. */
export function asOwner(value: unknown): Owner | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { pid, place, started, host, since } = value as Partial<Record<keyof Owner, unknown>>
  const isText = (text: unknown) => typeof text === 'string' && text.length <= 300
  if (!(typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0) || !isText(host)) return undefined
  if (![place, started, since].every((text) => text === undefined || isText(text))) return undefined
  return value as Owner
}

/**
 * A name for a file that is not complete: `.NAME.PID-RANDOM.tmp`. It begins with a dot, so that DuckDB and pyarrow pass
 * it over; the number is the process', followed on Linux by when it began (12 digits) and where (5 digits).
 */
export function temporaryName(name: string): string {
  const known = place === undefined || started === undefined ? '' : started.padStart(12, '0') + short(place)
  return `.${name}.${process.pid}${known}-${randomBytes(4).toString('hex')}.tmp`
}

/** Takes a temporary name apart; nothing where it is none. `fate` is that of the process that made it. */
export function readTemporaryName(name: string): { readonly name: string; readonly fate: Fate } | undefined {
  const found = /^\.(.+)\.(\d+?)(?:(\d{12})(\d{5}))?-[0-9a-f]{8}\.tmp$/s.exec(name)
  if (found === null) return undefined
  const [, stem, digits, began, where] = found as unknown as [string, string, string, string?, string?]
  const pid = Number(digits)
  if (began === undefined) {
    // of a system without /proc, or of an earlier version
    if (pid === process.pid) return { name: stem, fate: place === undefined ? 'unknown' : 'gone' }
    return { name: stem, fate: exists(pid) ? 'alive' : 'gone' }
  }
  if (place === undefined || where !== short(place)) return { name: stem, fate: 'unknown' }
  return { name: stem, fate: fateOf({ pid, place, started: String(Number(began)) }) }
}

const short = (text: string) =>
  String(createHash('sha256').update(text).digest().readUInt32BE(0) % 100_000).padStart(5, '0')

/** What /proc tells of a process; nothing where it does not. */
function stateOf(pid: number | 'self'): { started: string; ended: boolean; stopped: boolean } | undefined {
  try {
    // the second field is the program's name, which may hold spaces and brackets
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [letter] = fields
    return {
      ...{ started: fields[19], ended: letter === 'Z' || letter === 'X' },
      stopped: letter === 'T' || letter === 't',
    }
  } catch {
    return undefined
  }
}

function findPlace(): string | undefined {
  try {
    // a /proc of another namespace would count otherwise than we do
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return [boot, readlinkSync('/proc/self/ns/pid'), timeNamespace()].join(' ')
  } catch {
    return undefined
  }
}

/** The clock that a process' beginning is told by; older systems have only one. */
function timeNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/time')
  } catch {
    return ''
  }
}
