import { basename, dirname, join, posix, resolve } from 'node:path'
import { BlindspotError } from '../operators/errors.js'
import { requireText } from '../operators/options/requireKinds.js'

/** Schemes of the object stores, as URLs of places in them begin. */
export const SCHEMES = ['s3', 'gs', 'az'] as const

const URL_FORM = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//
/** One that lacks a slash would be a folder of this machine. */
const HALF = new RegExp(`^(?:${SCHEMES.join('|')}):(?!//)`, 'i')

/**
 * Whether a place is in an object store, such as `s3://bucket/prefix`; others are paths of this machine.
 *
 * @throws BlindspotError `bad-option` for a URL of another scheme
 */
export function isRemote(place: string): boolean {
  requireText('path', place, 'a text')
  const scheme = URL_FORM.exec(place)?.[1]
  if (scheme === undefined && !HALF.test(place)) return false
  if (SCHEMES.some((known) => known === scheme)) return true
  throw new BlindspotError(
    'bad-option',
    `${place}: expected a path, or ${SCHEMES.map((known) => `${known}://BUCKET/PREFIX`).join(', ')}`,
  )
}

/** A place that means the same from every folder. Of a URL the slashes at its end go, a name is taken as it is. */
export const absolute = (place: string): string =>
  isRemote(place) ? place.replace(/\/+$/, '') : resolve(place)

/** The place of a name below a folder. */
export function within(folder: string, name: string): string {
  if (!isRemote(folder)) return join(folder, name)
  const [scheme, path] = folder.split('://', 2)
  return absolute(`${scheme}://${posix.join(path, name)}`)
}

/** A place as seen from a folder: itself where it is one from everywhere. */
export const from = (folder: string, place: string): string => {
  if (isRemote(place)) return absolute(place)
  if (!isRemote(folder)) return resolve(folder, place)
  return place.startsWith('/') ? place : within(folder, place)
}

/** The last part of a place. */
export const lastOf = (place: string): string =>
  isRemote(place) ? (absolute(place).split('/').at(-1) ?? '') : basename(place)

/** The folder that a place is in; of a bucket itself. */
export function above(place: string): string {
  if (!isRemote(place)) return dirname(place)
  const parts = absolute(place).split('/')
  return parts.slice(0, Math.max(3, parts.length - 1)).join('/')
}
