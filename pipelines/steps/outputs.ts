import type { TableName, Tables } from '../../operators/records/tables.js'
import type { Lake } from '../../sinks/lake/lake.js'
import type { WriterOptions } from '../../sinks/lake/writer.js'
import type { Effort, PartsOfRows, PartsOptions, Rows, RowsOptions } from './stepKind.js'
import { provenance } from './provenance.js'

/** A file, or a row of files, that a step has begun. */
interface Begun {
  /** Commits all that is written. */
  readonly close: () => Promise<unknown>
  /** Ends the writing where the step is interrupted. */
  readonly interrupt: () => Promise<unknown>
  readonly abort: () => Promise<unknown>
}

/** What a step writes, until it is known how the step ended. */
export class Outputs {
  readonly #begun: Begun[] = []
  readonly #began = performance.now()

  /**
   * @param step of a part of a run both are noted
   * @param made noted in the footers beside where the rows come from
   * @param notes noted in the manifest
   * @param writing how rows lie in their files
   */
  constructor(
    readonly lake: Lake,
    readonly step: { readonly id: string; readonly run: string },
    readonly made: Readonly<Record<string, unknown>>,
    readonly notes: Readonly<Record<string, unknown>> = {},
    readonly writing: NonNullable<Effort['writing']> = {},
  ) {}

  async whole<Name extends TableName>(table: Name, options: RowsOptions): Promise<Rows<Tables[Name]>> {
    const writer = this.lake.writer(table, await this.#optionsOf(options))
    this.#begun.push({
      close: () => writer.close(this.#metadataOf(options)),
      interrupt: () => writer.abort(),
      abort: () => writer.abort(),
    })
    return writer as Rows<Tables[Name]>
  }

  async parts<Name extends TableName>(
    table: Name,
    options: PartsOptions,
  ): Promise<PartsOfRows<Tables[Name]>> {
    const parts = this.lake.parts(table, {
      ...(await this.#optionsOf(options)),
      rowsPerFile: options.rowsPerFile,
      before: options.before,
      metadata: () => this.#metadataOf(options),
    })
    this.#begun.push({
      close: () => parts.close(),
      interrupt: () => parts.flush(),
      abort: () => parts.abort(),
    })
    return parts as PartsOfRows<Tables[Name]>
  }

  /** Commits all that the step has begun: it is done. */
  async close(): Promise<void> {
    for (const { close } of this.#begun) await close()
  }

  /** Ends what the step has begun where it was interrupted: what it keeps part by part is whole rows. */
  async interrupt(): Promise<void> {
    for (const { interrupt } of this.#begun) await interrupt()
  }

  async abort(): Promise<void> {
    for (const { abort } of this.#begun) await abort()
  }

  async #optionsOf({ partition, versions, provenance: own, payload, check }: RowsOptions) {
    const { folder } = this.lake
    return {
      step: this.step.id,
      partition,
      ...this.writing,
      ...(payload && { payload }),
      check: (committed: Parameters<NonNullable<WriterOptions['check']>>[0]) =>
        check?.({ folder, files: (query) => committed.files(query) }),
      provenance: { ...(await provenance(versions)), ...own, ...this.made },
    }
  }

  #metadataOf({ metadata }: RowsOptions): Readonly<Record<string, unknown>> {
    const { id, run } = this.step
    const seconds = Number(((performance.now() - this.#began) / 1000).toFixed(3))
    return { ...metadata?.(), ...(run !== id && { run }), seconds, ...this.notes }
  }
}
