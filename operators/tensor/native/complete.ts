import { chmodSync, existsSync, lstatSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Cached } from './cache.js'
import { compileBinding, findCompiler, tryBinding, type Compiler } from './compile.js'
import { download, type WheelSources } from './download.js'
import { SetupError } from './fallback.js'
import { bindingKey, linkInto, packageCondition, type NodePackage } from './package.js'
import { makeOwn } from './makeOwn.js'
import { conditionOf, fileHash, stampName, writeStamp } from './stamp.js'
import { distrust } from './trust.js'
import type { Task } from './task.js'
import { unpack } from './unpack.js'
import type { Wheel } from './wheels.js'

/** All steps that are not done yet; each leaves either its whole result or nothing that counts. */
export async function complete(
  target: NodePackage,
  wheel: Wheel,
  cache: Cached,
  sources: WheelSources,
  task: Task,
): Promise<void> {
  const before = packageCondition(wheel, target)
  if (before.kind === 'complete') return
  if (before.kind === 'damaged') task.log(before.reason)

  const binding = join(cache.entry, `binding-${target.version}`, 'tfjs_binding.node')
  claim(cache, dirname(binding), wheel, task)
  const built = conditionOf(dirname(binding), {
    key: bindingKey(wheel, target),
    files: [basename(binding)],
    topOf: () => cache.root,
  })
  // First of all, since without a compiler there is no use for a download of this size.
  let compiler = built.kind === 'complete' ? undefined : await requireCompiler(task)

  await provideLibrary(wheel, cache, sources, task)

  if (compiler === undefined) {
    try {
      await tryBinding(binding, task)
    } catch (error) {
      // Built where another system shared this cache: build it for this one.
      task.signal?.throwIfAborted()
      task.log((error as Error).message)
      compiler = await requireCompiler(task)
    }
  }
  if (compiler !== undefined) {
    await compileBinding(compiler, wheel, cache.library, target.folder, binding, task)
    await tryBinding(binding, task)
    writeStamp(dirname(binding), bindingKey(wheel, target), [basename(binding)])
  }
  const isOpen = linkInto(target, wheel, cache.library, binding)
  if (!isOpen && process.getuid?.() === 0)
    task.log(
      `other users than root cannot read ${cache.root}; where one of them is to run it, set BLINDSPOT_CACHE to a folder that all can read, such as /opt/blindspot`,
    )
}

async function provideLibrary(wheel: Wheel, cache: Cached, sources: WheelSources, task: Task): Promise<void> {
  const { library, libraryKey, downloads } = cache
  const found = cache.condition()
  if (found.kind === 'complete') return
  if (isPinned(wheel, library, task)) {
    writeStamp(library, libraryKey, [...wheel.libraries, ...wheel.headers])
    return
  }
  if (found.kind === 'damaged') task.log(`${found.reason}; unpacking it again`)
  requireSpace(cache, wheel)
  const path = await download(wheel, downloads, sources, task)
  const partial = `${library}.partial`
  rmSync(partial, { recursive: true, force: true })
  await unpack(path, wheel, partial, task)
  writeStamp(partial, libraryKey, [...wheel.libraries, ...wheel.headers])
  rmSync(library, { recursive: true, force: true })
  renameSync(partial, library)
  // Retried, since a pip that outlived a killed set-up may still be writing here.
  rmSync(downloads, { recursive: true, force: true, maxRetries: 5 })
}

/**
 * Makes the folders of the cache this user's alone. What others could have changed meanwhile counts for nothing: of the
 * library only hashes that are pinned, the binding is built again.
 */
function claim({ root, entry, library }: Cached, binding: string, wheel: Wheel, task: Task): void {
  const foreign = distrust(root, root)
  if (foreign !== undefined && statSync(root).uid !== process.getuid?.()) throw SetupError.cache(foreign)
  const folders = [...wheel.libraries, ...wheel.headers].flatMap((member) =>
    between(library, join(library, member)),
  )
  const wrong = [root, entry, binding, ...new Set(folders)].flatMap((folder) =>
    existsSync(folder) ? (makeOwn(folder) ?? []) : [],
  )
  const files = [...wheel.libraries, ...wheel.headers, stampName].map((member) => join(library, member))
  for (const file of [...files, join(binding, stampName), join(binding, 'tfjs_binding.node')]) {
    const reason = distrust(file, file)
    if (reason === undefined) continue
    wrong.push(reason)
    if (statSync(file).uid === process.getuid?.()) chmodSync(file, statSync(file).mode & ~0o022 & 0o7777)
    else rmSync(file, { force: true })
  }
  if (wrong.length === 0) return
  task.log(`${wrong[0]}; this is mended, and what is there is checked anew`)
  for (const folder of [library, binding]) rmSync(join(folder, stampName), { force: true })
}

/** The folders from `top` down to the one that a file is in. */
function between(top: string, file: string): string[] {
  const folder = dirname(file)
  return folder === top || folder === dirname(folder) ? [top] : [...between(top, folder), folder]
}

/** Whether what is unpacked is what is pinned, whoever unpacked it. */
function isPinned({ libraries, headers, members }: Wheel, library: string, task: Task): boolean {
  if (members === undefined) return false
  for (const member of [...libraries, ...headers]) {
    const path = join(library, member)
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false
    task.onProgress({ phase: 'verify', done: 0, total: 0 })
    if (fileHash(path) !== members[member]) return false
  }
  return true
}

async function requireCompiler({ signal }: Task): Promise<Compiler> {
  const compiler = await findCompiler(signal)
  if (compiler === undefined) throw SetupError.compiler()
  return compiler
}

function requireSpace({ entry, downloads }: Cached, wheel: Wheel): void {
  const { bavail, bsize } = statfsSync(entry)
  const free = bavail * bsize
  // What an earlier run has left already takes its part.
  const needed = wheel.disk - (existsSync(join(downloads, wheel.file)) ? wheel.size : 0)
  if (free >= needed) return
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
  throw SetupError.space(
    `${entry}: ${gigabytes(needed)} of free space are needed, there are ${gigabytes(free)}`,
  )
}
