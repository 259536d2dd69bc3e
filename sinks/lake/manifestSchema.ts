import * as v from 'valibot'
import { mismatch, placeOf } from '../../operators/records/expected.js'
import { fileOf } from './names.js'

/** Objects and lists within each other that a step may note. */
const DEEPEST = 32

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
    if (expected.name !== got)
      addIssue({
        message: expected.name ?? expected.reason ?? '',
        input: got,
        path: [{ type: 'object', origin: 'value', input: dataset.value, key: 'file', value: got }],
      })
  }),
)

const manifest = v.object({
  format: v.literal('blindspot'),
  version: v.literal(1),
  created: time,
  files: v.pipe(
    v.array(file),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      const names = new Set<string>()
      for (const { file: name } of dataset.value) {
        if (names.has(name)) addIssue({ message: 'each file once', input: name })
        names.add(name)
      }
    }),
  ),
})

/** A committed file of a data set. */
export type ManifestFile = Readonly<{
  table: string
  /** Path relative to the data set, with `/`: what `table`, `partition`, `step` and `part` say. */
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

/**
 * Checks every value of a manifest, so that who reads one need not.
 *
 * @throws Error that says which value is wrong
 */
export function parseManifest(json: unknown): {
  readonly created: string
  readonly files: readonly ManifestFile[]
} {
  const parsed = v.safeParse(manifest, json, { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
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
