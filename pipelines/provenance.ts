import { cpus } from 'node:os'
import { VERSION } from './version.js'

/**
 * Where results come from: versions, backend and machine.
 *
 * @param backend of the thread that computes; default: this one's, after `useBackend`
 */
export async function provenance(
  backend?: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  const processors = cpus()
  return {
    blindspot: VERSION,
    ...(backend ??
      (await import('../operators/tensor/backend.js').then((loaded) => loaded.backendVersions()))),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: processors.at(0)?.model ?? 'unknown',
    cores: processors.length,
  }
}
