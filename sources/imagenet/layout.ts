import { BlindspotError } from '../../operators/errors.js'
import { someOf } from './names.js'

/** A photograph in its source: encoded, or where that can wait, how its bytes are had. */
export interface Photograph {
  /** Position among all photographs of its split. */
  readonly index: number
  readonly label: number
  /** Where it is, from the place that the source names: a file, an archive and the name in it, a Parquet file and its row. */
  readonly path: string
  readonly bytes: Uint8Array | (() => Promise<Uint8Array>)
}

/** Which photographs of a stream are wanted, as far as is known of each. */
export interface Wanted {
  /** Whether the one at a position can be. */
  position(index: number): boolean
  /** Whether those of a class are. */
  label(label: number): boolean
  /** Whether the next one that its position and class allow is: asked once for each, in order. */
  next(): boolean
  /** Aborted when none is any more. */
  readonly signal: AbortSignal
}

/** Whether folders are ImageNet's where they are named so, or always somebody's own. */
export type ReadAs = 'imagenet' | 'folder'

/** What the numbers of classes mean. */
export type Labelling =
  /** Places in the sorted list of the thousand wnids. */
  | { readonly kind: 'imagenet' }
  /** The source's own, with the names of its classes where it has them. */
  | { readonly kind: 'own'; readonly names: readonly string[] }

interface Found {
  readonly split: string
  /** 12 digits that are the same where the photographs are, wherever they lie. */
  readonly hash: string
  readonly labelling: Labelling
  /** Whether they are all of ILSVRC2012's split, by their number and names. */
  readonly complete: boolean
}

/** Photographs whose names and classes are known, and which are read in any order. */
export interface Listed extends Found {
  readonly kind: 'listed'
  /** [n] class of each, by position. */
  readonly labels: Int32Array
  path(index: number): string
  read(index: number): Promise<Uint8Array>
}

/** Photographs that come one after the other. */
export interface Streamed extends Found {
  readonly kind: 'streamed'
  /** How many there are, where that is known without reading them. */
  readonly count: number | undefined
  /** [n] class of each, by position, where they can be had without reading photographs. */
  readonly labels?: () => Promise<Int32Array>
  photographs(wanted: Wanted): AsyncGenerator<Photograph, void, undefined>
}

/** Photographs that were recognised at a place. */
export type Layout = Listed | Streamed

/**
 * Checks that archives or files that were read have photographs.
 *
 * @throws BlindspotError `bad-data`
 */
export function requireSome(count: number, paths: readonly string[]): void {
  if (count === 0)
    throw new BlindspotError('bad-data', `${someOf(paths)}: expected photographs, and there is none`)
}
