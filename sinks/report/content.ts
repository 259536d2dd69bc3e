import type { Table } from '../table/table.js'

/** What a report says; how it looks is the page's. Texts are for people, numbers in the units of their names. */
export interface ReportContent {
  readonly title: string
  /** What was done, in one sentence. */
  readonly did: string
  /** Which images were left out because they could not be read, and why; undefined where there are none. */
  readonly unreadable: string | undefined
  /** A few images beside what they became; undefined where no network was fooled. */
  readonly glance: ImageSet | undefined
  /** Counts of what the data set has. */
  readonly facts: readonly Fact[]
  /** What an incomplete data set lacks, and the command that makes it. */
  readonly missing: readonly string[]
  readonly tables: readonly Table[]
  /** Rows of images along directions; undefined where nothing was ranked. */
  readonly directions: DirectionRows | undefined
  /** Images of attacks; undefined where nothing was attacked or could have been: a data set of something else. */
  readonly gallery: readonly ImageSet[] | undefined
  readonly plots: readonly ReportPlot[]
  readonly provenance: readonly Fact[]
  /** SQL before each of the queries. */
  readonly views: string
  readonly files: readonly ReportFile[]
}

export interface Fact {
  readonly name: string
  readonly value: string
}

/** A figure, as SVG, with the same in words. */
export interface ReportPlot {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly panels: readonly ReportPanel[]
  /** The numbers drawn, as a table. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly query: string
}

/** A panel of a figure. */
export interface ReportPanel {
  /** What its file is named after. */
  readonly file: string
  readonly name: string
  /** What else is to be known of it, on a line of its own. */
  readonly detail?: string
  readonly svg: string
}

/** Rows of the images that come first along directions, a figure per layer. */
export interface DirectionRows {
  readonly layers: readonly LayerRows[]
  /** Pictures of the images, each once. */
  readonly sheets: readonly ImageSheet[]
  /** Layers whose images are not there, and why. */
  readonly missing: readonly string[]
}

export interface LayerRows {
  readonly title: string
  /** Lines of rows that stand side by side: one along a unit, one along a random direction. */
  readonly kinds: readonly { readonly title: string; readonly lines: readonly (readonly DirectionRow[])[] }[]
}

export interface DirectionRow {
  /** What stands above the row, such as `unit 17, 7 of 8 are 6`. */
  readonly heading: string
  readonly images: readonly RankedImage[]
}

export interface RankedImage {
  /** Data set and split of the image, where the layer's images are of several. */
  readonly from?: string | undefined
  readonly index: number
  readonly label: number
  /** Name of the label's class, where it has one. */
  readonly name?: string | undefined
  readonly rank: number
  /** The image's value along the direction; null for images that were drawn at random. */
  readonly value?: string | undefined
  /** Whether the label is another than that of most images of the row. */
  readonly other: boolean
  /** Place of the image's picture; undefined where its pixels are not there. */
  readonly place: SheetPlace | undefined
}

/** Where in the sheets a picture is. */
export interface SheetPlace {
  readonly sheet: number
  readonly column: number
  readonly row: number
}

/** Pictures of one size beside and below each other. */
export interface ImageSheet {
  /** PNG file as data URI. */
  readonly uri: string
  /** Width of one picture, in pixels. */
  readonly width: number
  readonly height: number
  readonly columns: number
  readonly rows: number
}

/** Images of one model, changed in one way. */
export interface ImageSet {
  readonly model: string
  /** How the images were changed. */
  readonly change: string
  readonly title: string
  /** How many times the shown perturbations are magnified around mid-grey. */
  readonly gain: number
  readonly images: readonly ReportImage[]
}

export interface ReportImage {
  readonly index: number
  readonly label: number
  /** Names of the classes that the image's numbers mean, where they have any. */
  readonly names?: Readonly<Record<number, string>> | undefined
  /** `success`, `failed`, `skipped`; of noise `right` or `wrong`. */
  readonly status: string
  readonly reason?: string | undefined
  readonly target?: number | undefined
  /** The model's class before and after. */
  readonly before?: number | undefined
  readonly after?: number | undefined
  /** RMS of the perturbation. */
  readonly distortion?: number | undefined
  /** PNG files as data URIs; an image without a change has the original alone. */
  readonly original: string
  readonly changed?: string | undefined
  readonly perturbation?: string | undefined
}

export interface ReportFile {
  readonly table: string
  /** Address of the file, relative to the page. */
  readonly href: string
  readonly name: string
  readonly rows: number
  readonly bytes: number
}
