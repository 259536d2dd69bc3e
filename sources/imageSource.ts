import type { Observable } from 'rxjs'
import type { Framing } from '../operators/classifier/framing.js'
import type { ImageBatch } from '../operators/records/image.js'
import type { Half, SelectOptions } from './select.js'

/** What can be asked of a source beside what its text says: which of its samples, and in which order. */
export interface SourceOptions extends Omit<SelectOptions, 'half'> {
  /** Rows of a batch; the last one may be shorter. Default 256. */
  readonly batchSize?: number | undefined
  /** How photographs are brought to the size of an input; images of one size have no use for it. */
  readonly framing?: Framing | undefined
}

/** What the samples of a source are, as plain JSON: equal where the same options give the same samples. */
export interface SourceIdentity {
  readonly dataset: string
  readonly split: string
  readonly half?: Half | undefined
  /** Hash of the content, where the names before it do not tell it: two data sets of one name are not the same. */
  readonly hash?: string
  /** Seed of their order, where the source's own is not that of its files. */
  readonly order?: number | undefined
  /** How its photographs are framed, and read where not as usual: other pixels are other samples to whoever computes with them. */
  readonly photographs?: Readonly<Record<string, unknown>> | undefined
}

/** Images that a text names. Nothing is read before it is asked for. */
export interface Source {
  /** The text that it was made from, such as mnist:train/P1. */
  readonly describe: string
  /**
   * What the source's samples are, wherever they lie: what the rows of a step depend on. Reads what it must.
   *
   * @param options.framing that they are opened with
   */
  identity(options?: Pick<SourceOptions, 'framing'>): Promise<SourceIdentity>
  /** Of each label the WordNet superclass that it is of, from 0, where the labels are classes that have such. */
  superclasses?(): Promise<Int32Array | undefined>
  /** Number of samples, where that is known without reading them all. */
  count(): Promise<number | undefined>
  /** Names of the classes in the order of their labels, where they have other names than numbers. */
  classes?(): Promise<readonly string[] | undefined>
  /** How many classes its labels are of, where that is known without the images: also those that no sample has. */
  classCount?(): Promise<number | undefined>
  /** One more than the largest label, where that is known without the images: of so many classes its labels are at least. */
  leastClasses?(): Promise<number | undefined>
  /** Streams the samples, for each subscription from the first one on. */
  open(options?: SourceOptions): Observable<ImageBatch>
}

/** How the texts of one scheme are read, the word before the first `:` or `@`. */
export interface SourceKind {
  /** The forms that it has, for messages; the first is the usual one. */
  readonly forms: readonly string[]
  /** Reads a text; undefined where it is of none of the scheme's forms. */
  parse(text: string): Source | undefined
}
