import { statSync } from 'node:fs'
import { extname } from 'node:path'

/** The scheme of files by their ending. */
const SCHEMES: Readonly<Partial<Record<string, string>>> = {
  '.npz': 'npz',
  '.parquet': 'parquet',
  '.arrow': 'arrow',
  '.feather': 'arrow',
  '.arrows': 'arrow',
}

/** What a text that names no source may be meant to be, where it is the path of a folder or a file; else undefined. */
export function likelySource(text: string): string | undefined {
  const found = statSync(text, { throwIfNoEntry: false })
  if (found?.isDirectory())
    return `${text} is a folder; expected folder:${text} for images in a folder of each class, imagenet:${text} for photographs, or parquet:${text}`
  const scheme = SCHEMES[extname(text).toLowerCase()]
  return found && scheme ? `${text} is a file; expected ${scheme}:${text}` : undefined
}
