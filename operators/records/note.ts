/** What a batch of records has beside its columns: kept in the schema's metadata of a file, as a text of JSON. */
export interface Note<Value> {
  /** What the note says, in one sentence. */
  readonly sentence: string
  /** What a batch without rows has for the note. */
  readonly none: Value
  /** The note as text; undefined where nothing is kept. */
  write(value: Value): string | undefined
  /**
   * Reads the note from its text.
   *
   * @param text undefined where a file lacks it, as one that others rewrote may
   * @param length how many values the lists of a row have; NaN where those are not read
   * @throws BlindspotError `bad-data`
   */
  read(text: string | undefined, length: number): Value
}
