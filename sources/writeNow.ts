import { closeSync, fstatSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { makeFolder } from '../operators/lock/makeFolder.js'
import { temporaryName } from '../operators/lock/owner.js'
import { writeError } from './atomicFile.js'
import { nameIfAbsent, syncFolder } from './nameIfAbsent.js'
import { stampOf } from './openFile.js'

/**
 * Writes a text as a file that is complete or absent, synchronously: for a small file while a lock is held.
 *
 * @param folder where it is written before it has its name
 * @returns the file's stamp, as of `stampNow`
 */
export function writeNow(path: string, text: string, folder: string): string {
  return writtenNow(path, text, folder, (temporary) => {
    renameSync(temporary, path)
    syncFolder(dirname(path))
  })
}

/** The same where nothing has the name, whoever else is at it; says whether it did. */
export function putNow(path: string, text: string, folder: string): boolean {
  let done = false
  writtenNow(path, text, folder, (temporary) => {
    makeFolder(dirname(path))
    done = nameIfAbsent(temporary, path)
    rmSync(temporary, { force: true })
  })
  return done
}

/** Removes a file, where there is one. */
export function removeNow(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (cause) {
    throw new BlindspotError('io', `${path} cannot be removed: ${(cause as Error).message}`, { cause })
  }
}

function writtenNow(path: string, text: string, folder: string, name: (temporary: string) => void): string {
  const temporary = join(folder, temporaryName(basename(path)))
  try {
    makeFolder(folder)
    let stamp: string
    const descriptor = openSync(temporary, 'wx')
    try {
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
      stamp = stampOf(fstatSync(descriptor, { bigint: true }))
    } finally {
      closeSync(descriptor)
    }
    name(temporary)
    return stamp
  } catch (error) {
    rmSync(temporary, { force: true })
    throw writeError(path, error)
  }
}
