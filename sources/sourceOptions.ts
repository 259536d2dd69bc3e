import { checkFraming } from '../operators/classifier/framing.js'
import { requireKnown } from '../operators/options/knownOptions.js'
import type { SourceOptions } from './imageSource.js'

/**
 * Checks what a source is opened with, as far as all sources have it; which of its images, it checks itself.
 *
 * @throws BlindspotError `bad-option`
 */
export function checkOpened(options: SourceOptions): void {
  requireKnown<SourceOptions>('source.open', options, {
    ...{ batchSize: true, framing: true, shuffle: true, skip: true, limit: true },
  })
  if (options.framing !== undefined) checkFraming('source.open: framing', options.framing)
}

/** Checks what a source's identity is asked with. */
export function checkIdentified(options: Pick<SourceOptions, 'framing'>): void {
  requireKnown<Pick<SourceOptions, 'framing'>>('source.identity', options, { framing: true })
  if (options.framing !== undefined) checkFraming('source.identity: framing', options.framing)
}
