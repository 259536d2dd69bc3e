import type { Classifier } from '../../operators/classifier.js'
import { checkImages } from '../../operators/records/checkImages.js'
import { checkRows } from '../../operators/records/checkRows.js'
import { isTableName, TABLES, type TableName } from '../../operators/records/tables.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import type { Lake, LakeFile } from '../../sinks/lake/lake.js'
import { localPaths } from '../../sources/objects/localPaths.js'
import { readPlaced } from '../../sources/parquet.js'
import { readFooter } from '../../sources/parquetFooter.js'
import { provenanceOf } from '../../sources/parquetProvenance.js'
import { disk } from '../../sources/store.js'
import { objectIn, textsIn, type Noted } from '../runs/noted.js'
import { KINDS } from '../runs/run.js'
import { faultOf, type Fault } from './fault.js'
import { perturbationFaults } from './perturbations.js'
import { predictionFaults } from './predictions.js'
import { schemaFaults } from './schema.js'
import { statisticsCheck } from './statistics.js'

/** How a file is looked through. */
export interface LookOptions {
  /**
   * Models that examples are shown again: those that were made for one of them, by its weights, have to have the classes that
   * their rows say. Default: none
   */
  readonly models?: readonly Classifier[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** Rows of a batch: of photographs these are some hundred megabytes. */
const BATCH = 256
/** Faults of one file after which no more are told. */
const MOST = 20

/** One file while it is looked through. */
export class LookedThrough {
  recomputed = 0
  shownAgain = 0
  private runs: ReadonlySet<unknown> = new Set()

  constructor(
    readonly file: LakeFile,
    readonly options: LookOptions,
    readonly onRows: (rows: number) => void,
  ) {}

  async faults(lake: Lake): Promise<readonly Fault[]> {
    const { file: name, table } = this.file
    try {
      await lake.verify([this.file])
      const path = (await localPaths([this.file])).get(this.file.path) ?? this.file.path
      const open = await disk.open(path)
      try {
        const footer = await readFooter(open)
        const provenance = provenanceOf(footer.keyValues, name)
        this.runs = runsIn(this.file, provenance)
        const faults: Fault[] = []
        const add = (message: string) => faults.push({ file: name, row: null, column: null, message })
        if (provenance['format'] === undefined)
          add('its footer does not say where its rows are from (key blindspot, format)')
        if (footer.rows !== this.file.rows)
          add(`it has ${footer.rows} rows, its commit says ${this.file.rows}`)
        if (!isTableName(table)) return faults
        faults.push(...schemaFaults(name, table, footer))
        if (faults.length > 0) return faults
        const outside = await statisticsCheck(name, footer)
        const payload = footer.keyValues.get('blindspot.payload')
        for await (const { before, batch } of readPlaced(path, { batchSize: BATCH })) {
          this.options.signal?.throwIfAborted()
          faults.push(...outside(before, batch), ...this.#rows(table, before, batch, payload))
          if (faults.length >= MOST) break
          this.onRows(batch.numRows)
        }
        return faults.slice(0, MOST)
      } finally {
        await open.close()
      }
    } catch (error) {
      this.options.signal?.throwIfAborted()
      return [faultOf(name, error)]
    }
  }

  #rows(
    table: TableName,
    before: number,
    batch: Parameters<typeof checkRows>[1],
    payload: string | undefined,
  ): readonly Fault[] {
    const { file: name } = this.file
    try {
      checkRows(TABLES[table], batch)
      if (table === 'images') checkImages(batch, ['pixels'])
      const ownRun = this.#runFault(before, batch)
      if (table !== 'examples') return ownRun
      checkImages(batch, ['original', 'adversarial'])
      let at = before
      return [
        ...ownRun,
        ...TABLES.examples.fromArrow(batch).flatMap((rows) => {
          const faults = this.#examples(rows, at, payload)
          at += rows.index.length
          return faults
        }),
      ]
    } catch (error) {
      return [faultOf(name, error, before)]
    }
  }

  #examples(rows: AdversarialBatch, before: number, payload: string | undefined): readonly Fault[] {
    const { file, metadata } = this.file
    const model = this.options.models?.find(({ weightsHash }) => weightsHash === metadata['weights'])
    this.recomputed += rows.index.length
    const faults = perturbationFaults(file, rows, before, payload)
    // an example that was rounded when it was stored need not fool: the rows say what was found
    if (model === undefined || payload !== undefined) return faults
    this.shownAgain += rows.index.length
    return [...faults, ...predictionFaults(file, rows, before, model)]
  }

  /** The rows of a step's file are of its run, or of that whose examples they are about. */
  #runFault(before: number, batch: Parameters<typeof checkRows>[1]): readonly Fault[] {
    const { runs } = this
    const column = runs.size > 0 ? batch.getChild('run') : null
    let last: unknown
    for (let row = 0; column !== null && row < batch.numRows; row++) {
      const found = column.get(row) as unknown
      if (found === last || runs.has(found)) {
        last = found
        continue
      }
      const message = `expected ${[...runs].join(' or ')}, as commit and footer say, got ${String(found)}`
      return [{ file: this.file.file, row: before + row, column: 'run', message }]
    }
    return []
  }
}

/** What the rows of a step's file may have as their `run`; empty where no step of this program made them. */
function runsIn({ step, metadata }: LakeFile, provenance: Noted): ReadonlySet<unknown> {
  const of = KINDS.map((kind) => objectIn(provenance[kind])).find(
    ({ version }) => typeof version === 'number',
  )
  if (of === undefined) return new Set()
  return new Set([metadata['run'] ?? step, ...[of['examples'], of['attack']].flatMap(textsIn)])
}
