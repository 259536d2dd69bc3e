import type { AdversarialBatch } from '../../operators/records/adversarial.js'

/** Writes the files of examples, batch by batch. */
export interface ExampleFiles {
  /** How many there are. */
  readonly files: number
  /** Columns that the index has beside those of all. */
  readonly columns: readonly string[]
  /** @returns for each row its values of these columns */
  write(batch: AdversarialBatch): Promise<readonly (readonly (string | number)[])[]>
  close(): Promise<void>
  abort(): Promise<void>
}
