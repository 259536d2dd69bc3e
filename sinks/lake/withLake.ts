import { join } from 'node:path'
import { missingFolders, removeEmpty } from '../../operators/lock/makeFolder.js'
import { committedIn } from './committed.js'
import { homeOf, TEMPORARY, type Home } from './home.js'
import type { Lake } from './lake.js'
import { locked, MANIFEST_LOCK } from './locked.js'
import { LOG } from './log.js'
import { MANIFEST } from './manifest.js'
import { openLake } from './openLake.js'

/**
 * Opens a data set, or makes one, and works in it. Where that fails before anything is committed, a data set that was made for it
 * is taken away again, with the folders that were: who calls again, or elsewhere, finds what was there before.
 *
 * @throws as `openLake`, and what the work throws
 */
export async function withLake<T>(folder: string, work: (lake: Lake) => Promise<T>): Promise<T> {
  const home = homeOf(folder)
  const isNew = (await home.store.stamp(MANIFEST)) === undefined
  const missing = home.isRemote ? [] : missingFolders(home.root)
  try {
    return await work(await openLake(folder))
  } catch (error) {
    // the error of the work says why
    if (isNew) await takeAway(home, missing).catch(() => undefined)
    throw error
  }
}

async function takeAway(home: Home, missing: readonly string[]): Promise<void> {
  const { root, store, isRemote } = home
  const isTakenAway = await locked(home, async () => {
    const { commit, size } = await committedIn(home)
    if (commit > 0 || size > 0 || !(await isBare(home))) return false
    return store.remove(MANIFEST)
  })
  if (!isTakenAway || isRemote) return
  removeEmpty([join(root, LOG), join(root, TEMPORARY), ...missing])
}

/** Whether a data set has nothing but what opening it makes, and nobody is at work in it. */
async function isBare({ store }: Home): Promise<boolean> {
  const namesIn = async (folder: string) => ((await store.list(folder)) ?? []).map(({ name }) => name)
  const others = (await namesIn('')).filter((name) => ![MANIFEST, TEMPORARY, LOG].includes(name))
  const unfinished = (await namesIn(TEMPORARY)).filter((name) => name !== `${MANIFEST_LOCK}.lock`)
  return others.length === 0 && unfinished.length === 0
}
