import { BlindspotError } from '../../operators/errors.js'
import { inMemory, wholeFile, type ByteRange } from '../arrays/byteRange.js'
import { membersOf } from '../imagenet/members.js'
import { notHere } from '../openFile.js'
import { lastOf, within } from '../place.js'
import { disk } from '../store.js'

/** The files of CIFAR that there are, by their names. */
export interface CifarFiles {
  readonly names: readonly string[]
  /** The bytes of some of them. */
  open(names: readonly string[]): Promise<readonly ByteRange[]>
}

/** Folders that the archives unpack to, which torchvision and others keep below a folder of data sets. */
const FOLDERS = ['cifar-10-batches-bin', 'cifar-100-binary']

/** Names of the versions for Python and Matlab. */
const OF_PYTHON = /^(data_batch_\d|test_batch|train|test)(\.mat)?$|^(batches\.meta|meta)(\.mat)?$/

const PYTHON = [
  'is the version for Python or Matlab, whose files are programs (pickles) that are not run',
  'take the binary version, cifar-10-binary.tar.gz or cifar-100-binary.tar.gz, of the same page, as it is',
].join('; ')

/**
 * Looks for CIFAR's binary files: in a folder, or in one below it that has the archive's name, in an archive as it is published, or one
 * file.
 *
 * @throws BlindspotError `bad-option` for nothing there, `bad-data` for other versions
 */
export async function cifarFiles(path: string): Promise<CifarFiles> {
  const found = await disk.stat(path)
  if (found === undefined) throw notHere(path)
  if (found.kind === 'folder') return inFolder(path)
  if (/\.(tar|tgz|tar\.gz)$/i.test(path)) return inArchive(path)
  if (/\.bin$/.test(path)) return { names: [lastOf(path)], open: async () => [await wholeFile(path)] }
  if (OF_PYTHON.test(lastOf(path))) throw new BlindspotError('bad-data', `${path} ${PYTHON}`)
  throw new BlindspotError(
    'bad-data',
    `${path}: expected a folder of CIFAR's binary files, one of them, or cifar-10-binary.tar.gz`,
  )
}

async function inFolder(path: string): Promise<CifarFiles> {
  const entries = (await disk.list(path)) ?? []
  const names = entries.map(({ name }) => name)
  const below = names.filter((name) => FOLDERS.includes(name))
  if (!names.some(isBinary) && below.length > 0) {
    if (below.length > 1)
      throw new BlindspotError(
        'bad-data',
        `${path}: expected one data set, got ${below.join(' and ')}; name one`,
      )
    return inFolder(within(path, below[0]))
  }
  if (
    !names.some(isBinary) &&
    entries.some(({ name, kind }) =>
      kind === 'folder' ? /-(batches-py|python)$/.test(name) : OF_PYTHON.test(name),
    )
  )
    throw new BlindspotError('bad-data', `${path} ${PYTHON}`)
  return { names, open: (some) => Promise.all(some.map((name) => wholeFile(within(path, name)))) }
}

const isBinary = (name: string) => /^(data_batch_\d+|test_batch|train|test)\.bin$/.test(name)

/** An archive is read as far as what is asked for; that is kept in memory. */
async function inArchive(path: string): Promise<CifarFiles> {
  const names: string[] = []
  for await (const { name } of membersOf(path)) names.push(name)
  const own = names.map((name) => lastOf(name))
  if (!own.some(isBinary) && own.some((name) => OF_PYTHON.test(name)))
    throw new BlindspotError('bad-data', `${path} ${PYTHON}`)
  return {
    names: own,
    async open(some) {
      const ranges = new Map<string, ByteRange>()
      for await (const member of membersOf(path)) {
        const name = lastOf(member.name)
        if (!some.includes(name)) continue
        const bytes = await member.bytes()
        if (bytes === undefined)
          throw new BlindspotError('bad-data', `${path}: ${name}: it has more bytes than any file of CIFAR`)
        ranges.set(name, inMemory(`${path}: ${name}`, bytes))
        if (ranges.size === some.length) break
      }
      return some.flatMap((name) => ranges.get(name) ?? [])
    },
  }
}
