import { disk } from '../../sources/store.js'
import type { Lake, LakeFile } from './lake.js'

/** The files of a data set, as far as they are there. */
export interface DataSetFiles {
  readonly present: readonly LakeFile[]
  /** Files that are gone, or not as long as they were. */
  readonly lost: readonly LakeFile[]
}

/** Committed files, and apart from them those that are gone or cut off. */
export async function onDisk(lake: Pick<Lake, 'files'>): Promise<DataSetFiles> {
  const [present, lost]: [LakeFile[], LakeFile[]] = [[], []]
  // each once, whatever the manifest says
  for (const file of new Map((await lake.files()).map((each) => [each.path, each])).values()) {
    const found = await disk.stat(file.path)
    if (found?.size === file.bytes) present.push(file)
    else lost.push(file)
  }
  return { present, lost }
}
