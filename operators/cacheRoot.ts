import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/**
 * Where what is downloaded and built is kept between checkouts: `BLINDSPOT_CACHE`, else the platform's place for
 * a user's caches.
 */
export function cacheRoot(): string {
  const own = process.env['BLINDSPOT_CACHE']
  if (own !== undefined && own !== '') return resolve(own)
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'blindspot')
  const xdg = process.env['XDG_CACHE_HOME']
  // The XDG specification: a relative path is invalid and is to be ignored.
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'blindspot')
}
