import { basename } from 'node:path'
import { BlindspotError, warnOnce } from '../../operators/errors.js'
import { requireSome, type Photograph, type Wanted } from './layout.js'
import { membersOf, type Member } from './members.js'
import { isPhotograph, lastPart } from './names.js'
import { tooLarge } from './readWhole.js'

/** What was read of a sample: members that follow each other and share their name up to its first dot. */
interface Sample {
  readonly key: string
  /** Path of its photograph in the archive. */
  readonly path: string | undefined
  readonly bytes: Photograph['bytes'] | undefined
  readonly label: number | undefined
}

/**
 * Samples of webdataset shards: photographs, each with its class as text in a `.cls` of its name, or as `label` in a `.json`.
 *
 * @see https://github.com/webdataset/webdataset
 */
export async function* shardSamples(
  paths: readonly string[],
  wanted: Wanted,
): AsyncGenerator<Photograph, void, undefined> {
  let index = 0
  for (const path of paths) {
    for await (const { path: place, bytes, label } of samplesOf(path, wanted, () => wanted.position(index))) {
      if (place === undefined) continue
      const at = index++
      // one that has no class takes its place too
      if (label === undefined) {
        if (wanted.position(at) && wanted.next())
          yield { index: at, label: -1, path: place, bytes: () => Promise.reject(withoutClass()) }
      } else if (bytes !== undefined && wanted.label(label) && wanted.next())
        yield { index: at, label, path: place, bytes }
    }
  }
  requireSome(index, paths)
}

const withoutClass = () =>
  new BlindspotError('bad-data', 'it has no class: expected a whole number from 0 in a .cls of its name')

/** @param isWanted whether the photograph of the sample that comes next is read */
async function* samplesOf(
  path: string,
  { signal }: Wanted,
  isWanted: () => boolean,
): AsyncGenerator<Sample, void, undefined> {
  let sample: Sample | undefined
  for await (const member of membersOf(path, signal)) {
    const key = keyOf(member.name)
    if (sample && sample.key !== key) {
      yield sample
      sample = undefined
    }
    sample = await withMember(
      sample ?? { key, path: undefined, bytes: undefined, label: undefined },
      member,
      basename(path),
      isWanted,
    )
  }
  if (sample) yield sample
}

async function withMember(
  sample: Sample,
  member: Member,
  archive: string,
  isWanted: () => boolean,
): Promise<Sample> {
  const { name } = member
  if (isPhotograph(name) && sample.path !== undefined)
    warnOnce(
      `${archive}: samples have several photographs, such as ${sample.key}: of each the one whose name has one ending is read, or else the first`,
    )
  if (isPhotograph(name) && (sample.path === undefined || (hasOneEnding(name) && !hasOneEnding(sample.path))))
    return {
      ...sample,
      path: `${archive}/${name}`,
      bytes: isWanted() ? ((await member.bytes()) ?? tooLarge) : undefined,
    }
  if (!/\.(cls|json)$/i.test(name)) return sample
  const text = Buffer.from((await member.bytes()) ?? []).toString('utf8')
  const label = name.toLowerCase().endsWith('.cls') ? wholeIn(text) : labelIn(text)
  return { ...sample, label: label ?? sample.label }
}

/** Whether a name is a sample's and an ending; 1.seg.png is beside 1.jpg, not in its place. */
const hasOneEnding = (name: string) => lastPart(name).split('.').length === 2

/** Name up to the first dot of its last part. */
const keyOf = (name: string) => /^(?:.*\/)?[^./]*/.exec(name)?.[0] ?? name

const wholeIn = (text: string) => (/^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined)

function labelIn(text: string): number | undefined {
  try {
    const found = JSON.parse(text) as { readonly label?: unknown } | null
    const label = found?.label
    return typeof label === 'number' && Number.isSafeInteger(label) && label >= 0 ? label : undefined
  } catch {
    return undefined
  }
}
