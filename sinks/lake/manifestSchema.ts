import * as v from 'valibot'
import { mismatch, placeOf } from '../../operators/records/expected.js'
import { fileOf, firstOf } from './names.js'

/** Objects and lists within each other that a step may note. */
const DEEPEST = 32
/** Largest number of a step's owner. */
export const MOST_OWNERS = 2 ** 50

const text = v.pipe(v.string(), v.nonEmpty('a text that is not empty'))
const whole = v.pipe(v.number(), v.safeInteger('a whole number'), v.minValue(0, 'a number from 0'))
const time = v.pipe(
  v.string(),
  v.check(
    (value) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value)),
    'a time as 2026-01-31T12:00:00.000Z',
  ),
)
// not valibot's record, which leaves out some names without a word
const object = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
)

const file = v.pipe(
  v.object({
    table: text,
    file: text,
    partition: v.custom<Record<string, string>>(
      (value) => v.is(object, value) && Object.values(value).every((each) => typeof each === 'string'),
      'an object of texts',
    ),
    step: text,
    part: whole,
    rows: whole,
    bytes: whole,
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')),
    committed: time,
    metadata: v.pipe(
      object,
      v.check((value) => isWithin(value, DEEPEST), `at most ${DEEPEST} levels`),
    ),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const expected = nameOf(dataset.value)
    const { file: got } = dataset.value
    if (expected.name !== firstOf(got))
      addIssue({
        message: expected.name ?? expected.reason ?? '',
        input: got,
        path: [{ type: 'object', origin: 'value', input: dataset.value, key: 'file', value: got }],
      })
  }),
)

/** Up to which number of a step's owners none writes any more; far from where numbers are no longer exact. */
const number = v.pipe(whole, v.maxValue(MOST_OWNERS, `at most ${MOST_OWNERS}`))

const manifest = v.object({
  format: v.literal('blindspot'),
  version: v.picklist([1, 2]),
  created: time,
  commit: v.optional(whole, 0),
  fences: v.optional(
    v.custom<Record<string, number>>(
      (value) => v.is(object, value) && Object.values(value).every((each) => v.is(number, each)),
      'an object of numbers',
    ),
    {},
  ),
  files: v.pipe(
    v.array(file),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      const names = new Set<string>()
      for (const { file: name } of dataset.value) {
        if (names.has(firstOf(name))) addIssue({ message: 'each file once', input: name })
        names.add(firstOf(name))
      }
    }),
  ),
})

const entry = v.object({
  format: v.literal('blindspot'),
  version: v.literal(2),
  commit: v.pipe(whole, v.minValue(1, 'a number from 1')),
  committed: time,
  add: v.array(file),
  remove: v.array(text),
  fence: v.optional(v.object({ step: text, number })),
})

/** A committed file of a data set. */
export type ManifestFile = Readonly<{
  table: string
  /** Path relative to the data set, with `/`: what `table`, `partition`, `step` and `part` say, and which of that it is. */
  file: string
  partition: Readonly<Record<string, string>>
  /** Identity of the step that wrote it. */
  step: string
  /** Position among the step's files, from 0. */
  part: number
  rows: number
  bytes: number
  sha256: string
  /** When it was committed, ISO 8601. */
  committed: string
  /** What the step notes about itself. */
  metadata: Readonly<Record<string, unknown>>
}>

/** A commit: what it puts onto the list of a data set's files, and takes off it. */
export type Entry = Readonly<{
  format: 'blindspot'
  version: 2
  /** Its number, from 1. */
  commit: number
  /** When it was written, ISO 8601. */
  committed: string
  add: readonly ManifestFile[]
  /** Names of files that are no longer listed, or are not to be. */
  remove: readonly string[]
  /** The owners of a step up to this number have been taken for gone, and write no more. */
  fence?: { readonly step: string; readonly number: number } | undefined
}>

/** What a manifest tells. */
export interface Listed {
  readonly version: 1 | 2
  readonly created: string
  /** The last commit that it has in it. */
  readonly commit: number
  readonly fences: Readonly<Record<string, number>>
  readonly files: readonly ManifestFile[]
}

/**
 * Checks every value of a manifest, so that who reads one need not.
 *
 * @throws Error that says which value is wrong
 */
export const parseManifest = (json: unknown): Listed => parsed(manifest, json)

/** The same of a commit. */
export const parseEntry = (json: unknown): Entry => parsed(entry, json)

function parsed<T>(schema: v.GenericSchema<unknown, T>, json: unknown): T {
  const result = v.safeParse(schema, json, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  throw new Error(mismatch(issue, placeOf(issue)))
}

/** The only name that a file of a table, a partition, a step and a part can have. */
function nameOf(of: Parameters<typeof fileOf>[0]): { readonly name?: string; readonly reason?: string } {
  try {
    return { name: fileOf(of) }
  } catch (error) {
    return { reason: `a name of ${(error as Error).message}` }
  }
}

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((each) => isWithin(each, levels - 1))
}
