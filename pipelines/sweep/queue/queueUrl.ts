import { BlindspotError } from '../../../operators/errors.js'
import { requireText } from '../../../operators/options/requireKinds.js'
import { withoutCredentials } from '../withoutCredentials.js'

/** Where a queue is. */
export interface QueueUrl {
  readonly kind: 'redis' | 'postgres'
  /** As the drivers take it, credentials included: for nobody's eyes. */
  readonly href: string
  /** The same for people. */
  readonly shown: string
  /** Host and port, for people. */
  readonly place: string
  /** A message with what is secret of the URL taken out of it. */
  readonly clean: (message: string) => string
}

const SCHEMES = {
  ...{ 'redis:': 'redis', 'rediss:': 'redis' },
  ...{ 'postgres:': 'postgres', 'postgresql:': 'postgres' },
} as const
const PORTS = { redis: '6379', postgres: '5432' } as const
const QUEUES =
  'redis://HOST, rediss://HOST (TLS) or postgres://HOST/DATABASE, with USER:PASSWORD@ where it asks for them'
const EXPECTED = `expected ${QUEUES}`

/**
 * Takes a queue's URL apart.
 *
 * @throws BlindspotError `bad-option` for one of another scheme, or none
 */
export function parseQueueUrl(text: string): QueueUrl {
  requireText('queue', text, QUEUES)
  const shown = shownOf(text)
  const url = parsed(text)
  if (!url)
    throw new BlindspotError(
      'bad-option',
      `queue: ${EXPECTED}, got ${shown}; in names and passwords, @ / : # ? and % are written %40 %2F %3A %23 %3F and %25`,
    )
  const kind = (SCHEMES as Readonly<Partial<Record<string, QueueUrl['kind']>>>)[url.protocol]
  if (!kind) throw new BlindspotError('bad-option', `queue: ${EXPECTED}, got ${shown}`)
  if (kind === 'redis' && !/^\/?\d*$/.test(url.pathname))
    throw new BlindspotError(
      'bad-option',
      `queue: expected the number of a database after the host, got ${shown}`,
    )
  const secrets = [url.password, unescaped(url.password), url.searchParams.get('password') ?? '']
  return {
    kind,
    href: text,
    shown,
    place: `${url.hostname || url.searchParams.get('host') || 'localhost'}:${url.port || PORTS[kind]}`,
    clean: (message) =>
      secrets
        .filter((secret) => secret !== '')
        .reduce((clean, secret) => clean.replaceAll(secret, '***'), withoutCredentials(message)),
  }
}

/** What a URL begins with; without the slashes a password can be anywhere in it. */
const HIERARCHICAL = /^[a-z][\w+.-]*:\/\//i

/** A text for people; of one that is no URL of a server nothing that could be a password. */
function shownOf(text: string): string {
  if (text === '') return 'none'
  return HIERARCHICAL.test(text) ? withoutCredentials(text) : text.replace(/^.*@/s, '***@')
}

function parsed(text: string): URL | undefined {
  if (!HIERARCHICAL.test(text)) return undefined
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
