import { readFileSync } from 'node:fs'

/** The greatest resident size that a process has had, in bytes; undefined where nothing tells. */
export const peakOf = (pid: number): number | undefined => sizeOf(pid, /^VmHWM:\s+(\d+) kB$/m)

/** The resident size that a process has, in bytes; undefined where nothing tells. */
export const residentOf = (pid: number): number | undefined => sizeOf(pid, /^VmRSS:\s+(\d+) kB$/m)

function sizeOf(pid: number, line: RegExp): number | undefined {
  const kilobytes = line.exec(read(`/proc/${pid}/status`) ?? '')?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

/**
 * How many processes of this one's group (a container, a job of a cluster) the system has killed for want of memory;
 * undefined where the system does not count.
 */
export function killedForMemory(): number | undefined {
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers = 'none', path = ''] = line.split(':')
    const found =
      controllers === ''
        ? (read(`/sys/fs/cgroup${path}/memory.events`) ?? read('/sys/fs/cgroup/memory.events'))
        : controllers.split(',').includes('memory')
          ? (read(`/sys/fs/cgroup/memory${path}/memory.oom_control`) ??
            read('/sys/fs/cgroup/memory/memory.oom_control'))
          : undefined
    const count = /^oom_kill (\d+)$/m.exec(found ?? '')?.[1]
    if (count !== undefined) return Number(count)
  }
  return undefined
}

/** A small file of the system's; undefined where it has none. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}
