import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { withoutCredentials } from '../sweep/withoutCredentials.js'

const packageFile = new URL('../../../package.json', import.meta.url)

/** Version of this package. */
export const VERSION = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version

/**
 * Where results come from: versions, commit, command, backend and machine.
 *
 * @param backend of the thread that computes; default: this one's, after `useBackend`
 */
export async function provenance(
  backend?: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  const processors = cpus()
  return {
    blindspot: VERSION,
    ...(checkout ??= commit()),
    ...commandLine(),
    ...(backend ??
      (await import('../../operators/tensor/backend.js').then((loaded) => loaded.backendVersions()))),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: processors.at(0)?.model ?? 'unknown',
    cores: processors.length,
  }
}

/** Where images were read, and what they are called in the rows: a data set's name tells its content, not its place. */
export const imagesOf = (
  source: string,
  { dataset, split }: { readonly dataset: string; readonly split: string },
) => ({
  source,
  dataset,
  split,
})

/** Of what this process runs, which was read when it began: git is asked once. */
let checkout: ReturnType<typeof commit> | undefined

/**
 * The commit of a checkout, `-dirty` where files differ from it; undefined for an installed package, which has its
 * version.
 */
function commit(): { readonly commit?: string } {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  if (!existsSync(`${root}/.git`)) return {}
  try {
    const args = ['-C', root, 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*']
    return { commit: execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim() }
  } catch {
    return {}
  }
}

/** The call of the command line, as a shell takes it, without credentials; undefined where code calls the library. */
export function commandLine(): { readonly command?: string } {
  const [, script, ...args] = process.argv
  const cli = fileURLToPath(new URL('../cli.js', import.meta.url))
  if (!script || !existsSync(script) || realpathSync(script) !== realpathSync(cli)) return {}
  return { command: ['blindspot', ...args.map((text) => quoted(withoutCredentials(text)))].join(' ') }
}

const quoted = (text: string) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
