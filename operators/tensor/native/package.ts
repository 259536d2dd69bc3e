import { copyFileSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { platform } from './platform.js'
import { conditionOf, writeStamp, type Condition, type Key } from './stamp.js'
import type { Wheel } from './wheels.js'
import { makeFolder } from '../../makeFolder.js'

/** The installed `@tensorflow/tfjs-node`. */
export interface NodePackage {
  readonly folder: string
  readonly version: string
}

/** Relative to the package; the number is that of N-API, which every supported Node has. */
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

/** To be raised when the way that the binding is compiled changes, so that the set-up builds older ones again. */
const build = '3'

/** What a binding belongs to. */
export function bindingKey(wheel: Wheel, target: NodePackage): Key {
  return { ...loadKey(wheel, target), build }
}

/** What it must belong to in order to be loaded: an older build still works. */
function loadKey(wheel: Wheel, { version }: NodePackage): Key {
  return { platform, tensorflow: wheel.version, 'tfjs-node': version }
}

/** Whether the set-up has put this build of the binding and the library into the package, and they are whole. */
export function packageCondition(wheel: Wheel, target: NodePackage): Condition {
  return conditionOf(join(target.folder, 'deps'), bindingKey(wheel, target))
}

/** Whether what the set-up has put into the package, now or earlier, can be loaded. */
export function loadCondition(wheel: Wheel, target: NodePackage): Condition {
  return conditionOf(join(target.folder, 'deps'), loadKey(wheel, target))
}

/** Puts the binding into the package and links the library beside it, each by one rename, the stamp last. */
export function linkInto(target: NodePackage, wheel: Wheel, library: string, binding: string): void {
  const place = (path: string, make: (temporary: string) => void): void => {
    const final = join(target.folder, path)
    const temporary = `${final}.${process.pid}`
    makeFolder(dirname(final))
    rmSync(temporary, { force: true })
    make(temporary)
    renameSync(temporary, final)
  }
  const links = wheel.libraries.map((name) => ({
    link: `deps/lib/${basename(name)}`,
    to: join(library, name),
  }))
  for (const { link, to } of links) place(link, (temporary) => symlinkSync(to, temporary))
  place(bindingPath, (temporary) => copyFileSync(binding, temporary))
  const files = [...links.map(({ link }) => link), bindingPath].map((path) => join('..', path))
  writeStamp(join(target.folder, 'deps'), bindingKey(wheel, target), files)
}
