import { StringDecoder } from 'node:string_decoder'
import { printable } from '../../../operators/errors.js'

const LINES = 50
/** Characters that are kept while they come: enough for the lines, and for none that never ends. */
const CHARACTERS = 16_384

/** The last lines that a process wrote, with control characters made visible. */
export class LastLines {
  readonly #decoder = new StringDecoder()
  #text = ''

  add(bytes: Buffer): void {
    this.#text = (this.#text + this.#decoder.write(bytes)).slice(-CHARACTERS)
  }

  /** What the next step begins with: nothing of this one. */
  clear(): void {
    this.#text = ''
  }

  toString(): string {
    const lines = this.#text.replaceAll('\r\n', '\n').trimEnd().split('\n')
    return printable(lines.slice(-LINES).join('\n'), '\n\t')
  }
}
