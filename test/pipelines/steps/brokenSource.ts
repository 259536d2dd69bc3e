import { map, tap } from 'rxjs'
import { pickRows, type ImageBatch } from '../../../operators/records/image.js'
import type { Unreadable } from '../../../operators/records/unreadable.js'
import type { Source } from '../../../sources/imageSource.js'
import { mnistSource } from '../../../sources/mnistSource.js'
import { KINDS } from '../../../sources/source.js'

/** How often the source of a text was opened. */
export const opened = new Map<string, number>()

/**
 * A folder of IDX files of which some images cannot be read, as of a folder of photographs: `broken@RANGES:FOLDER`, such as
 * `broken@0,5,256-511:images`. `countless@…`: the same as of an archive, whose count nobody knows. Images are of one channel, or
 * framed, of three: an image's first pixels.
 */
function brokenSource(text: string, ranges: string, dir: string, countless: boolean): Source {
  const lost = new Set(
    ranges.split(',').flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    }),
  )
  const source = mnistSource('test', { dir })
  return {
    describe: text,
    async identity({ framing } = {}) {
      const whole = await source.identity()
      return { ...whole, photographs: { lost: ranges, ...(framing && { framing: framing.size.join() }) } }
    },
    count: async () => (countless ? undefined : source.count()),
    open: ({ framing, ...options } = {}) =>
      source.open(options).pipe(
        tap({ subscribe: () => opened.set(text, (opened.get(text) ?? 0) + 1) }),
        map((batch): ImageBatch => {
          const { dataset, split, index } = batch
          const rows = [...index.keys()]
          const unreadable = rows.flatMap((row): Unreadable[] =>
            lost.has(index[row])
              ? [{ dataset, split, index: index[row], path: `${dir}/${index[row]}`, reason: 'cut off' }]
              : [],
          )
          const read = pickRows(
            batch,
            rows.filter((row) => !lost.has(index[row])),
          )
          const framed = framing ? framedAs(read, framing.size) : read
          return { ...framed, ...(unreadable.length > 0 && { unreadable }) }
        }),
      ),
  }
}

function framedAs(batch: ImageBatch, [height, width]: readonly [number, number]): ImageBatch {
  const [from, to] = [batch.shape[0] * batch.shape[1], height * width * 3]
  const pixels = new Float32Array(batch.index.length * to)
  for (let i = 0; i < pixels.length; i++)
    pixels[i] = batch.pixels[Math.floor(i / to) * from + ((i % to) % from)]
  return { ...batch, shape: [height, width, 3], pixels }
}

for (const [scheme, countless] of [
  ['broken', false],
  ['countless', true],
] as const)
  KINDS[scheme] = {
    forms: [],
    parse(text) {
      const [, ranges, dir] = /@([^:]*):(.+)$/.exec(text) ?? []
      return brokenSource(text, ranges, dir, countless)
    },
  }
