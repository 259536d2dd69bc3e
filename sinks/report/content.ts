/** What a report says; how it looks is the page's. Texts are for people, numbers in the units of their names. */
export interface ReportContent {
  readonly title: string
  /** Counts and settings at a glance. */
  readonly facts: readonly Fact[]
  /** What an incomplete data set lacks, and the command that makes it. */
  readonly missing: readonly string[]
  readonly tables: readonly ReportTable[]
  readonly plots: readonly ReportPlot[]
  readonly gallery: readonly ImageSet[]
  readonly provenance: readonly Fact[]
  /** SQL before each of the queries. */
  readonly views: string
  readonly files: readonly ReportFile[]
}

export interface Fact {
  readonly name: string
  readonly value: string
}

/** Whether a claim of the paper holds, computed from the rows. */
export interface Verdict {
  readonly state: 'holds' | 'partly' | 'no' | 'open'
  readonly sentence: string
  /** When it is said to hold. */
  readonly rule: string
}

export interface ReportTable {
  /** Of the HTML element. */
  readonly id: string
  readonly title: string
  /** The claim of the paper that it is about. */
  readonly claim: string
  readonly verdict: Verdict | undefined
  /** Why there are no rows, or not all. */
  readonly missing: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly ReportRow[]
  readonly notes: readonly string[]
  /** What the numbers come from. */
  readonly queries: readonly string[]
}

export interface ReportRow {
  readonly name: string
  readonly cells: readonly (ReportCell | undefined)[]
}

/** A number beside the paper's. */
export interface ReportCell {
  readonly ours: string
  readonly paper?: string | undefined
  /** Ours less the paper's, signed. */
  readonly difference?: string | undefined
  /** Whether the difference is more than sampling explains. */
  readonly differs?: boolean | undefined
  /** 95 %. */
  readonly interval?: string | undefined
  readonly n?: number | undefined
  /** Another number of the same. */
  readonly more?: string | undefined
  /** Share of the colour scale, in [0, 1]. */
  readonly heat?: number | undefined
}

/** A figure, as SVG, with the same in words. */
export interface ReportPlot {
  readonly id: string
  readonly title: string
  readonly description: string
  /** Its panels, each with its name, and what a file of it is named after. */
  readonly panels: readonly { readonly file: string; readonly name: string; readonly svg: string }[]
  /** The numbers drawn, as a table. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly query: string
}

/** Images of one model, changed in one way. */
export interface ImageSet {
  readonly model: string
  /** How they were changed. */
  readonly change: string
  readonly title: string
  /** By how much the shown perturbations are magnified around mid-grey. */
  readonly gain: number
  readonly images: readonly ReportImage[]
}

export interface ReportImage {
  readonly index: number
  readonly label: number
  /** `success`, `failed`, `skipped`; of noise `right` or `wrong`. */
  readonly status: string
  readonly reason?: string | undefined
  readonly target?: number | undefined
  /** The model's class before and after. */
  readonly before?: number | undefined
  readonly after?: number | undefined
  /** RMS. */
  readonly distortion?: number | undefined
  /** PNG files as data URIs; without a change there is the original alone. */
  readonly original: string
  readonly changed?: string | undefined
  readonly perturbation?: string | undefined
}

export interface ReportFile {
  readonly table: string
  /** Relative to the page, as a URL. */
  readonly href: string
  readonly name: string
  readonly rows: number
  readonly bytes: number
}
