import { cpus } from 'node:os'
import { VERSION } from './version.js'

/** Where results come from: versions, backend (as `backendVersions` gives them) and machine. */
export function provenance(versions: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const processors = cpus()
  return {
    blindspot: VERSION,
    ...versions,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: processors.at(0)?.model ?? 'unknown',
    cores: processors.length,
  }
}
