import { createRequire } from 'node:module'
import type { Operator } from 'opendal'
import { BlindspotError } from '../../operators/errors.js'

/** A place in an object store. */
export interface ObjectPlace {
  readonly scheme: string
  readonly bucket: string
  /** Name of the object, or what the names below begin with, without a slash at either end. */
  readonly key: string
}

/** The parts of a URL as `s3://bucket/prefix/name`; names are taken as they are, `%` too. */
export function objectPlace(url: string): ObjectPlace {
  const [, scheme, bucket, key = ''] = /^(\w+):\/\/([^/]*)(?:\/(.*))?$/s.exec(url) ?? []
  if (!bucket || bucket.includes('@'))
    throw new BlindspotError(
      'bad-option',
      `${url.replace(/\/\/[^/]*@/, '//…@')}: expected SCHEME://BUCKET/PREFIX without credentials, which the environment has`,
    )
  return { scheme, bucket, key: key.replace(/^\/+|\/+$/g, '') }
}

/** How often a call is tried that failed for a reason that can pass, and how long is waited for an answer. */
const TRIES = { maxTimes: 6, minDelay: 200, maxDelay: 10_000, factor: 2 }
const SECONDS = 1000
const ANSWER = 60 * SECONDS
const TRANSFER = 30 * SECONDS

const operators = new Map<string, Promise<Operator>>()

/**
 * The client of a bucket, one for each. Credentials, region and endpoint are what the vendors' own programs go by, see
 * `docs/lake.md`; none of them is in any message.
 *
 * @throws BlindspotError `missing-package` where `opendal` is not installed
 */
export function operatorOf({ scheme, bucket }: Pick<ObjectPlace, 'scheme' | 'bucket'>): Promise<Operator> {
  const name = `${scheme}://${bucket}`
  const operator = operators.get(name) ?? start(scheme, bucket)
  operators.set(name, operator)
  // one that could not be started is tried again
  operator.catch(() => operators.delete(name))
  return operator
}

async function start(scheme: string, bucket: string): Promise<Operator> {
  const { Operator, RetryLayer, TimeoutLayer } = await import('opendal').catch((cause: unknown) => {
    throw new BlindspotError(
      'missing-package',
      `${scheme}://${bucket}: object stores need the package opendal: npm install opendal@0.49.2 (${reasonOf(cause)})`,
      { cause },
    )
  })
  if (scheme === 'gs') requireGoogles()
  const { service, options } = SERVICES[scheme](bucket, process.env)
  const given = Object.entries(options).flatMap(([key, value]) => (value ? [[key, value] as const] : []))
  try {
    const retry = Object.assign(new RetryLayer(), { ...TRIES, jitter: true })
    const timeout = Object.assign(new TimeoutLayer(), { timeout: ANSWER, ioTimeout: TRANSFER })
    return new Operator(service, Object.fromEntries(given)).layer(timeout.build()).layer(retry.build())
  } catch (cause) {
    throw new BlindspotError('bad-option', `${scheme}://${bucket}: ${explained(cause, scheme)}`, { cause })
  }
}

/** The release from which the client gives objects of Google's the names that it is told: https://github.com/apache/opendal/issues/7926 */
const GOOGLES = '0.49.6'

function requireGoogles(): void {
  const { version } = createRequire(import.meta.url)('opendal/package.json') as { readonly version: string }
  if (version.localeCompare(GOOGLES, undefined, { numeric: true }) >= 0) return
  throw new BlindspotError(
    'missing-package',
    `gs://: opendal ${version} gives objects other names than it is told; npm install opendal@0.49.10, which on Linux needs glibc 2.38`,
  )
}

type Environment = Readonly<Record<string, string | undefined>>
interface Service {
  readonly service: string
  readonly options: Environment
}

/** What a client is given beside what it finds in the environment by itself: profiles, roles, metadata servers. */
const SERVICES: Readonly<Record<string, (bucket: string, environment: Environment) => Service>> = {
  s3: (bucket, { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION }) => {
    const endpoint = AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL
    const region = AWS_REGION ?? AWS_DEFAULT_REGION ?? (endpoint && 'us-east-1')
    return { service: 's3', options: { bucket, endpoint, region } }
  },
  gs: (bucket, { STORAGE_EMULATOR_HOST: emulator }) => ({
    service: 'gcs',
    options: {
      bucket,
      ...(emulator && {
        endpoint: /^https?:/.test(emulator) ? emulator : `http://${emulator}`,
        ...{ allow_anonymous: 'true', disable_vm_metadata: 'true', disable_config_load: 'true' },
      }),
    },
  }),
  az: (container, environment) => {
    const said = connectionOf(environment['AZURE_STORAGE_CONNECTION_STRING'])
    const account =
      environment['AZURE_STORAGE_ACCOUNT_NAME'] ??
      environment['AZURE_STORAGE_ACCOUNT'] ??
      said.get('AccountName')
    return {
      service: 'azblob',
      options: {
        container,
        account_name: account,
        account_key:
          environment['AZURE_STORAGE_ACCOUNT_KEY'] ??
          environment['AZURE_STORAGE_KEY'] ??
          said.get('AccountKey'),
        sas_token: environment['AZURE_STORAGE_SAS_TOKEN'] ?? said.get('SharedAccessSignature'),
        endpoint:
          environment['AZURE_STORAGE_ENDPOINT'] ??
          said.get('BlobEndpoint') ??
          (account && `https://${account}.blob.core.windows.net`),
      },
    }
  },
}

/** The parts of an Azure connection string, `Name=Value;…`. */
const connectionOf = (text = ''): ReadonlyMap<string, string> =>
  new Map(
    text.split(';').flatMap((part) => {
      const at = part.indexOf('=')
      return at > 0 ? [[part.slice(0, at), part.slice(at + 1)] as const] : []
    }),
  )

/** What an error of the client is: `NotFound`, `ConditionNotMatch`, `PermissionDenied`, …. */
export const kindOf = (error: unknown): string | undefined => /^(\w+) \(\w+\)/.exec(reasonOf(error))?.[1]

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const CREDENTIALS: Readonly<Record<string, string>> = {
  s3: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; AWS_REGION; AWS_ENDPOINT_URL of other stores than Amazon’s',
  gs: 'GOOGLE_APPLICATION_CREDENTIALS',
  az: 'AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or AZURE_STORAGE_CONNECTION_STRING',
}

/**
 * Why a call failed and what can be done, in one sentence: of the client's message what the server said, without the request,
 * whose URL can have a signature in it.
 */
export function explained(error: unknown, scheme: string): string {
  const message = reasonOf(error)
  const said = [...message.matchAll(/\b(?:code|message): "([^"]*)"/g)].map(([, text]) => text)
  const [, last = ''] = /=> ([^]*)$/.exec(message) ?? []
  const status = /status: (\d{3})/.exec(message)?.[1]
  const plain = last.replace(/\S+ \{[^]*$/, '').replace(/(https?:\/\/[^\s?)]*)\?[^\s)]*/g, '$1')
  const reason =
    said.join(': ') || plain.trim() || (status && `status ${status}`) || kindOf(error) || 'no answer'
  if (/PermissionDenied|ConfigInvalid|credential/i.test(message.slice(0, 400)))
    return `${reason}; see the bucket's name and the credentials in the environment (${CREDENTIALS[scheme]})`
  return `${reason}; see the network and the store, then run again`
}
