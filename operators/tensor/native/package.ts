import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, sep } from 'node:path'
import { platform } from './platform.js'
import { rootOf } from './cache.js'
import { makeOwn } from './makeOwn.js'
import { shareFile } from './shareFile.js'
import { conditionOf, writeStamp, type Condition, type Expected, type Key } from './stamp.js'
import type { Wheel } from './wheels.js'

/** The installed `@tensorflow/tfjs-node`. */
export interface NodePackage {
  readonly folder: string
  readonly version: string
}

/** Path of the binding in the package; the number is that of N-API, which every supported Node has. */
export const bindingPath = 'lib/napi-v8/tfjs_binding.node'

/** The package as this library resolves it; nothing where it is not installed. */
export function nodePackage(): NodePackage | undefined {
  try {
    return packageAt(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json')))
  } catch {
    return undefined
  }
}

export function packageAt(folder: string): NodePackage {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { folder, version }
}

/**
 * Number of the way that the binding is compiled: raised when it changes, so that the set-up builds older ones again.
 */
const build = '4'

/** What a binding belongs to: the platform and versions, and the way that it was compiled. */
export function bindingKey(wheel: Wheel, target: NodePackage): Key {
  return { ...loadKey(wheel, target), build }
}

/** What a built binding has to belong to in order to be loaded: an older build still works. */
function loadKey(wheel: Wheel, { version }: NodePackage): Key {
  return { platform, tensorflow: wheel.version, 'tfjs-node': version }
}

/** Whether the set-up has put this build of the binding and the library into the package, and they are whole. */
export function packageCondition(wheel: Wheel, target: NodePackage): Condition {
  return conditionOf(join(target.folder, 'deps'), expectedIn(wheel, target, bindingKey(wheel, target)))
}

/** Whether what the set-up has put into the package, now or earlier, can be loaded: whether it is what was checked. */
export function loadCondition(wheel: Wheel, target: NodePackage): Condition {
  return conditionOf(join(target.folder, 'deps'), expectedIn(wheel, target, loadKey(wheel, target)))
}

/** Folders of the package that are the set-up's alone, from the top down. */
const OWN = ['deps', 'deps/lib', 'lib', dirname(bindingPath)]

const linkTo = (library: string) => `deps/lib/${basename(library)}`
const fromDeps = (path: string) => join('..', path)

function expectedIn(wheel: Wheel, { folder }: NodePackage, key: Key): Expected {
  const { libraries, members = {} } = wheel
  const pinned = libraries.flatMap((name) =>
    name in members ? [[fromDeps(linkTo(name)), members[name]]] : [],
  )
  return {
    key,
    files: [...libraries.map((name) => fromDeps(linkTo(name))), fromDeps(bindingPath)],
    sha256: Object.fromEntries(pinned) as Record<string, string>,
    // what is above was put there by npm, as was the JavaScript beside it
    topOf: (path) =>
      OWN.map((own) => join(folder, own)).find((own) => path.startsWith(own + sep)) ??
      rootOf(path, libraries.find((name) => basename(name) === basename(path)) ?? ''),
  }
}

/**
 * Puts the binding into the package and links the library beside it, each by one rename, the stamp last.
 *
 * @returns whether all users can read the library, as far as the cache goes
 */
export function linkInto(target: NodePackage, wheel: Wheel, library: string, binding: string): boolean {
  for (const own of OWN) makeOwn(join(target.folder, own))
  const place = (path: string, make: (temporary: string) => void): void => {
    const final = join(target.folder, path)
    const temporary = `${final}.${process.pid}`
    rmSync(temporary, { force: true })
    make(temporary)
    renameSync(temporary, final)
    // a rename between two names of one file leaves both
    rmSync(temporary, { force: true })
  }
  let isOpen = true
  for (const name of wheel.libraries)
    place(linkTo(name), (temporary) => (isOpen = shareFile(join(library, name), temporary) && isOpen))
  place(bindingPath, (temporary) => {
    copyFileSync(binding, temporary)
    chmodSync(temporary, 0o755)
  })
  const key = bindingKey(wheel, target)
  writeStamp(join(target.folder, 'deps'), key, expectedIn(wheel, target, key).files)
  return isOpen
}
