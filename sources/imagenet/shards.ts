import { basename } from 'node:path'
import { warnOnce } from '../../operators/errors.js'
import type { Archived, Reading } from './inArchive.js'
import { membersOf, type Member } from './members.js'
import { isArchive, isPhotograph, lastPart, someOf } from './names.js'

/** What was read of a sample: members that follow each other and share their name up to its first dot. */
interface Sample {
  readonly key: string
  /** Path of its photograph in the archive. */
  readonly path: string | undefined
  /** Undefined where it is not wanted, or has more than a photograph may have. */
  readonly bytes: Uint8Array | undefined
  readonly label: number | undefined
}

/**
 * Samples of a webdataset shard: photographs, each with its class as text in a `.cls` of its name, or as `label` in a `.json`.
 *
 * @see https://github.com/webdataset/webdataset
 */
export async function* shardSamples(
  path: string,
  reading: Reading,
): AsyncGenerator<Archived, void, undefined> {
  /** Keys of samples that have a class alone. */
  const alone: string[] = []
  const tars: string[] = []
  try {
    for await (const { key, path: place, bytes, label = WITHOUT_CLASS } of samplesOf(path, reading, tars)) {
      if (place !== undefined) yield { path: place, label, bytes: () => Promise.resolve(bytes) }
      else if (typeof label === 'number') alone.push(key)
    }
  } finally {
    if (alone.length > 0)
      warnOnce(
        `${path}: samples that have a class and no photograph of an ending that is read (${alone.length}): ${someOf(alone)}`,
      )
    if (tars.length > 0)
      warnOnce(`${path}: archives beside samples are not read (${tars.length}): ${someOf(tars)}`)
  }
}

const WITHOUT_CLASS =
  'it has no class: expected a whole number from 0 in a .cls of its name, or as label in a .json'

/** @param tars gets the names of archives in the shard */
async function* samplesOf(
  path: string,
  { signal, isNext }: Reading,
  tars: string[],
): AsyncGenerator<Sample, void, undefined> {
  let sample: Sample | undefined
  for await (const member of membersOf(path, signal)) {
    if (isArchive(member.name)) tars.push(member.name)
    const key = keyOf(member.name)
    if (sample && sample.key !== key) {
      yield sample
      sample = undefined
    }
    sample = await withMember(
      sample ?? { key, path: undefined, bytes: undefined, label: undefined },
      member,
      basename(path),
      isNext,
    )
  }
  if (sample) yield sample
}

async function withMember(
  sample: Sample,
  member: Member,
  archive: string,
  isNext: () => boolean,
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
      bytes: isNext() ? await member.bytes() : undefined,
    }
  if (!/\.(cls|json)$/i.test(name)) return sample
  const text = Buffer.from((await member.bytes()) ?? []).toString('utf8')
  const label = name.toLowerCase().endsWith('.cls') ? wholeIn(text) : labelIn(text)
  return { ...sample, label: label ?? sample.label }
}

/** Whether a name is a sample's and an ending; 1.seg.png is beside 1.jpg, not in its place. */
const hasOneEnding = (name: string) => lastPart(name).split('.').length === 2

/** Name up to the first dot of its last part. */
export const keyOf = (name: string) => /^(?:.*\/)?[^./]*/.exec(name)?.[0] ?? name

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
