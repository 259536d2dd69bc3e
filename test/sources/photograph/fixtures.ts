import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Framing } from '../../../operators/classifier/framing.js'

const FOLDER = 'test/fixtures/photographs'

/** What Pillow makes of the images beside it; photographs.py says how. */
interface Expected {
  readonly decoded: readonly { file: string; height: number; width: number; sha256: string }[]
  readonly near: readonly { file: string; height: number; width: number; rgb: readonly number[] }[]
  readonly framed: readonly {
    file: string
    size: [number, number]
    policy: Framing['crop']['policy']
    resize: number | [number, number] | null
    sha256: string
  }[]
  readonly damaged: readonly {
    file: string
    cut?: number
    flip?: [at: number, bit: number]
    sha256: string | null
  }[]
  readonly resized: readonly [
    height: number,
    width: number,
    toHeight: number,
    toWidth: number,
    sha256: string,
  ][]
}

export const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8')) as Expected

export const fixture = (file: string): Uint8Array => readFileSync(`${FOLDER}/${file}`)

/** The framing that shows a photograph of that size as it is. */
export const whole = (height: number, width: number): Framing => ({
  size: [height, width],
  crop: { policy: 'exact', resize: [height, width] },
})

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** [length] upper bytes of a linear congruential generator, as photographs.py has them. */
export function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}
