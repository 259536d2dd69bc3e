import { takeWhile, tap, type MonoTypeOperatorFunction } from 'rxjs'
import type { Case } from '../../operators/engine/targets.js'
import type { ImageBatch } from '../../operators/records/image.js'
import { readExamples, readRecords } from '../../sources/records.js'
import { requireFound, type AttackSpec } from './attackSpec.js'
import type { Work } from './stepKind.js'

/** Images of an attack's cases that have not come yet. */
export class OpenCases {
  readonly #missing: Set<number>

  private constructor(
    readonly spec: AttackSpec,
    readonly cases: readonly Case[],
    missing: Set<number>,
  ) {
    this.#missing = missing
  }

  /** Those of which a step has no rows. */
  static async of(
    spec: AttackSpec,
    cases: readonly Case[],
    work: Pick<Work, 'committed'>,
  ): Promise<OpenCases> {
    const missing = new Set(cases.map(({ index }) => index))
    for (const { path } of work.committed('examples'))
      for await (const { index } of readExamples(path, { images: false }))
        for (const one of index) missing.delete(one)
    for (const { path } of work.committed('errors'))
      for await (const rows of readRecords('errors', path))
        for (const { index } of rows) missing.delete(index)
    return new OpenCases(spec, cases, missing)
  }

  /** Whether the images of all cases have come. */
  get complete(): boolean {
    return this.#missing.size === 0
  }

  /** Lets batches through, up to that with the last image that is missing; one that cannot be read is there. */
  until(): MonoTypeOperatorFunction<ImageBatch> {
    return (source) =>
      source.pipe(
        tap(({ index, unreadable = [] }) => {
          for (const one of index) this.#missing.delete(one)
          for (const one of unreadable) this.#missing.delete(one.index)
        }),
        takeWhile(() => !this.complete, true),
      )
  }

  /**
   * Checks that all have come.
   *
   * @throws BlindspotError `bad-option`
   */
  requireAll(): void {
    requireFound(this.cases, this.#missing, this.spec.images.source)
  }
}
