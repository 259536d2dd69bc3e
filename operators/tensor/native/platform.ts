/** `linux-x64`, `darwin-arm64`, … */
export const platform = `${process.platform}-${process.arch}`

/** The oldest glibc that the wheels' manylinux tag promises to run on. */
const oldestGlibc = [2, 27] as const

/** The C library that Node runs on: `glibc 2.36`, `musl`, or nothing outside Linux. */
export function libc(): string | undefined {
  if (process.platform !== 'linux') return undefined
  // A report with the network section resolves host names, which can take seconds; Node 20 lacks the switch.
  const report = process.report as { excludeNetwork?: boolean } & NonNullable<typeof process.report>
  const before = report.excludeNetwork
  report.excludeNetwork = true
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } }
  report.excludeNetwork = before ?? false
  return header.glibcVersionRuntime === undefined ? 'musl' : `glibc ${header.glibcVersionRuntime}`
}

/** Why this system cannot run a library built for its processor and kernel; nothing where it can. */
export function obstacle(): string | undefined {
  const c = libc()
  if (c === 'musl') return 'TensorFlow needs glibc, this system has musl'
  const [major = 0, minor = 0] = (c?.split(' ')[1] ?? '').split('.').map(Number)
  const older = major < oldestGlibc[0] || (major === oldestGlibc[0] && minor < oldestGlibc[1])
  if (c !== undefined && older)
    return `TensorFlow needs glibc ${oldestGlibc.join('.')} or newer, this system has ${c}`
  return undefined
}
