import { join } from 'node:path'
import { shares } from '../../operators/minimize/box.js'
import type { AdversarialBatch } from '../../operators/records/adversarial.js'
import { writePng } from '../../sinks/png.js'
import type { ExampleFiles } from './exampleFiles.js'

/**
 * `RUN/MODEL/INDEX-TARGET-original.png`, `-adversarial.png` and `-difference.png`. The difference is x′ − x with its largest change
 * from mid-grey to black or white, so that something is seen: `linf` in the index is what that stands for.
 */
export function pngFiles(folder: string): ExampleFiles {
  let count = 0
  return {
    get files() {
      return count
    },
    columns: ['original', 'adversarial', 'difference'],
    async write(batch) {
      const rows: string[][] = []
      for (const [row, index] of batch.index.entries()) {
        const stem = `${named(batch.run)}/${named(batch.sourceModel)}/${index}-${batch.target[row]}`
        const names: string[] = []
        for (const [kind, pixels] of Object.entries(imagesOf(batch, row))) {
          const name = `${stem}-${kind}.png`
          await writePng(join(folder, name), pixels, batch.shape)
          names.push(name)
        }
        count += names.length
        rows.push(names)
      }
      return rows
    },
    close: () => Promise.resolve(),
    // the folder is emptied by who made it
    abort: () => Promise.resolve(),
  }
}

function imagesOf({ original, adversarial, linf, shape, box }: AdversarialBatch, row: number) {
  const size = shape[0] * shape[1] * shape[2]
  const of = (images: Float32Array) => images.subarray(row * size, (row + 1) * size)
  const [from, to] = [of(original), of(adversarial)]
  return {
    original: shares(from, box),
    adversarial: shares(to, box),
    difference: from.map((x, i) => 0.5 + (to[i] - x) / (2 * linf[row] || 1)),
  }
}

/** A text as the name of a folder of any file system. */
const named = (text: string) => text.replaceAll(/[^\p{L}\p{N}_.,()+-]+/gu, '-').replace(/^\.+/, '-') || '-'
