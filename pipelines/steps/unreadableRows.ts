import { BlindspotError } from '../../operators/errors.js'
import { sampleKey } from '../../operators/records/image.js'
import type { Unreadable } from '../../operators/records/unreadable.js'
import { readRecords } from '../../sources/records.js'
import type { PartsOfRows, RowsOptions, Work } from './stepKind.js'

/** The rows of `errors` of a step, each once, however often the step is interrupted. */
export class UnreadableRows {
  #known: Set<string> | undefined
  #pending: Unreadable[] = []
  #first: Unreadable | undefined
  #rows: PartsOfRows<readonly Unreadable[]> | undefined

  /** @param options what is noted beside the rows */
  constructor(
    readonly work: Work,
    readonly options: Pick<RowsOptions, 'provenance' | 'versions'> = {},
  ) {}

  /** Takes rows, of which those that are committed already, or were taken before, count no more. */
  async add(rows: readonly Unreadable[]): Promise<void> {
    if (rows.length === 0) return
    this.#first ??= rows[0]
    const known = (this.#known ??= await this.#committed())
    for (const row of rows) {
      const key = keyOf(row)
      if (known.has(key)) continue
      known.add(key)
      this.#pending.push({ ...row, run: this.work.run })
    }
  }

  /** Commits what was taken: before the file that counts it, so that a row is lost by no end of the process. */
  async commit(): Promise<void> {
    const pending = this.#pending
    if (pending.length === 0) return
    this.#pending = []
    const { work } = this
    this.#rows ??= await work.parts('errors', {
      ...this.options,
      partition: {},
      rowsPerFile: Infinity,
    })
    await this.#rows.write(pending)
    await this.#rows.flush()
  }

  /**
   * Checks that of `positions` of a source some images could be read.
   *
   * @throws BlindspotError `bad-data`; the rows are committed
   */
  async requireSome(source: string, positions: number, images: number): Promise<void> {
    if (images > 0 || positions === 0 || this.#first === undefined) return
    await this.commit()
    const { path, reason } = this.#first
    throw new BlindspotError(
      'bad-data',
      `${source}: none of its images (${positions}) could be read; the first is ${path}: ${reason}` +
        (this.work.kept === false ? '' : `; see the table errors of ${this.work.folder}`),
    )
  }

  async #committed(): Promise<Set<string>> {
    const keys = new Set<string>()
    for (const { path } of this.work.committed('errors'))
      for await (const rows of readRecords('errors', path)) for (const row of rows) keys.add(keyOf(row))
    return keys
  }
}

const keyOf = ({ dataset, split, index }: Unreadable) => sampleKey(dataset, split, index)
