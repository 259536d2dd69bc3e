import { absolute, isRemote } from '../../sources/place.js'
import { objectStore } from '../../sources/objects/objectStore.js'
import { localStore, type Store } from '../../sources/store.js'
import { FolderLocks } from './folderLocks.js'
import type { Locks } from './locks.js'
import { ObjectLocks } from './objectLocks.js'

/** Folder of unfinished files and locks: beside the tables, since polars refuses a table's folder that has them in it. */
export const TEMPORARY = '.tmp'

/** Where a data set is: a folder of this machine, or what is below a prefix of an object store. */
export interface Home {
  readonly root: string
  readonly isRemote: boolean
  readonly store: Store
  readonly locks: Locks
}

const homes = new Map<string, Home>()

/** The place of a data set, the same for all that ask in this thread. */
export function homeOf(folder: string): Home {
  const root = absolute(folder)
  const home = homes.get(root) ?? newHome(root)
  homes.set(root, home)
  return home
}

function newHome(root: string): Home {
  if (isRemote(root)) {
    const store = objectStore(root)
    return { root, isRemote: true, store, locks: new ObjectLocks(store, TEMPORARY) }
  }
  const locks = new FolderLocks(root, TEMPORARY)
  return { root, isRemote: false, store: localStore(root, TEMPORARY), locks }
}
