import { open } from 'node:fs/promises'

interface Handle {
  read: (...args: unknown[]) => Promise<{ readonly bytesRead: number }>
}

/** Runs work that is told how many bytes of files have been read since it began, counted where they are read. */
export async function whileCounting<T>(work: (bytesRead: () => number) => Promise<T>): Promise<T> {
  const handle = await open(import.meta.filename)
  const prototype = Object.getPrototypeOf(handle) as Handle
  await handle.close()
  const { read } = prototype
  let bytes = 0
  prototype.read = async function (...args) {
    const result = await read.apply(this, args)
    bytes += result.bytesRead
    return result
  }
  try {
    return await work(() => bytes)
  } finally {
    prototype.read = read
  }
}
