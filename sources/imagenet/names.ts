/** Endings of files that are taken for photographs; what they hold is found out by decoding them. */
const PHOTOGRAPH = /\.(jpe?g|jpe|jfif|png|webp|gif|bmp|tiff?|avif|heic|heif|jp2|jxl)$/i

/** Whether a file is taken for a photograph, by its name. */
export const isPhotograph = (name: string): boolean => PHOTOGRAPH.test(name)

/** Whether a file is taken for a tar archive, by its name. */
export const isArchive = (name: string): boolean => /\.(tar|tgz|tar\.gz)$/i.test(name)

/** Hidden files, a Mac's `._` files, and what a NAS, a Mac or Windows put into folders of photographs. */
export const isAside = (name: string): boolean =>
  /^(\..*|@eadir|__macosx|thumbs\.db|desktop\.ini|lost\+found|\$recycle\.bin)$/i.test(name)

/** Whether a folder is one of what comes with the photographs of ILSVRC. */
export const isBeside = (name: string): boolean => /devkit|annotation|imageset|^meta/i.test(name)

/** Whether a file is an archive or more of what comes with ILSVRC's photographs. */
export const isOfKit = (name: string): boolean => /devkit|bbox|annotation/i.test(name)

/** Whether a text has the form of a WordNet synset's number. */
export const isWnid = (text: string): boolean => /^n\d{8}$/.test(text)

/** Names as a message has them: the first few, and that there are more. */
export const someOf = (names: readonly string[], most = 4): string =>
  names.slice(0, most).join(', ') + (names.length > most ? ', …' : '')

/** The last part of a path. */
export const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The split that a folder or an archive is called after: `val` for `validation`, `ILSVRC2012_img_val.tar`, …. */
export function splitNamed(name: string): string | undefined {
  const match = /^(?:ilsvrc\d{4}_img_)?(train|val|test)(?:ing|id|idation)?(?:\.tar(?:\.gz)?|\.tgz)?$/i.exec(
    name,
  )
  return match?.[1].toLowerCase()
}
