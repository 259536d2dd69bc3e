import { warnOnce } from '../../operators/errors.js'
import { isOfKit, isPhotograph, someOf } from './names.js'

/** Endings of what lies beside photographs and is none: texts, tables, films, sounds, programs, arrays. */
const OTHER =
  /\.(txt|json|xml|csv|tsv|md|rst|html?|pdf|log|ya?ml|toml|ini|db|sqlite|bib|tex|docx?|xlsx?|odt|ods|css|m?[jt]s|py|ipynb|sh|r|m|c|h|mat|npy|npz|pkl|pth?|safetensors|h5|cls|md5|sha1|sha256|aae|xmp|thm|lrv|mp4|mov|avi|mkv|m4v|3gp|mpe?g|mp3|wav|m4a|url|lnk)$/i
/** Names without an ending that are of texts. */
const TEXT = /^(readme|licen[cs]e|copying|authors|changelog|makefile|checksums|md5sums|sha\d+sums)$/i

/** Whether a file that is not taken for a photograph may be one all the same, by its name. */
export const mayBePhotograph = (name: string): boolean =>
  !isPhotograph(name) && !isOfKit(name) && !OTHER.test(name) && !TEXT.test(name)

/** Names that a warning has at most. */
const NAMED = 5

/** Files that may be photographs, or have some, of endings that are not read. */
export class Unread {
  #count = 0
  readonly #names: string[] = []

  add(names: readonly string[]): void {
    this.#count += names.length
    this.#names.push(...names.slice(0, NAMED - this.#names.length))
  }

  warn(place: string): void {
    if (this.#count > 0)
      warnOnce(
        `${place}: files of endings that are not read (${this.#count}): ${someOf(this.#names)}; photographs among them have to be converted`,
      )
  }
}
