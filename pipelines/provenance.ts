import { cpus } from 'node:os'
import { backendVersions } from '../operators/tensor/backend.js'
import { VERSION } from './version.js'

/** Where results come from: versions, backend and machine. Call it after `useBackend`. */
export async function provenance(): Promise<Readonly<Record<string, unknown>>> {
  const processors = cpus()
  return {
    blindspot: VERSION,
    ...(await backendVersions()),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: processors.at(0)?.model ?? 'unknown',
    cores: processors.length,
  }
}
