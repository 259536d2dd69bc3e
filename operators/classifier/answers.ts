import { isFloat32Array } from 'node:util/types'
import { described } from '../options/described.js'

/** Images that a classifier is asked for. */
export interface Questions {
  /** [rows × size] */
  readonly pixels: Float32Array
  readonly rows: number
  /** Values of one image. */
  readonly size: number
}

/** What is wrong with a classifier, a sentence each. */
export type Findings = string[]

/** A method that gives an answer of each image. */
export interface Asked {
  /** As findings name it. */
  readonly method: string
  /** @param row of `pixels` that the first of the images is */
  readonly ask: (images: Float32Array, row: number) => unknown
  /** Values of one image's answer, and what they are. */
  readonly width: number
  readonly what: string
}

/** An answer that is none, in words. */
export class NoAnswer extends Error {}

/**
 * What a method gives of all images, asked for them twice, for others and for single ones: the answer has to be finite and the
 * same each time, what is asked left as it is. What is wrong is a finding, and undefined where it is no answer.
 */
export function answerOf(
  { pixels, rows, size }: Questions,
  findings: Findings,
  { method, ask, width, what }: Asked,
): Float32Array | undefined {
  const say = (message: string): undefined => {
    findings.push(`${method}: ${message}`)
  }
  let asked = rows
  try {
    const images = pixels.slice()
    const length = rows * width
    const first = ask(images, 0)
    if (!isFloat32Array(first) || first.length !== length) {
      say(`expected a Float32Array of ${length} ${what} of ${rows} images, got ${arrayText(first)}`)
      return
    }
    const found = first.slice()
    const at = found.findIndex((value) => !Number.isFinite(value))
    if (at >= 0) {
      say(`expected finite numbers, got ${found[at]} of image ${Math.floor(at / width)}`)
      return
    }
    if (!isSame(images, pixels)) say('it changes the pixels that it is given')
    const again = ask(pixels.slice(), 0)
    if (!isFloat32Array(again) || !isSame(again, found)) {
      say(`asked again for the same images it gives another answer, ${apart(again, found)}`)
      return
    }
    // another question, which an answer that is kept would be written over by
    const other = pixels.slice()
    other.copyWithin(0, size)
    ask(other, 0)
    if (!isSame(again, found))
      say('its answer changes when it is asked for another: give a new array each time')
    asked = 1
    for (const row of new Set([0, rows - 1])) {
      const alone = ask(pixels.slice(row * size, (row + 1) * size), row)
      if (!isFloat32Array(alone) || alone.length !== width) {
        say(
          `of one image alone: expected a Float32Array of ${width} ${what}, got ${arrayText(alone)}: there are as many images as fit into the pixels`,
        )
        return
      }
      const within = found.subarray(row * width, (row + 1) * width)
      if (isSame(alone, within)) continue
      say(
        `image ${row} alone gives another answer than in a batch of ${rows}, ${apart(alone, within)}: ` +
          (isMean(alone, within, rows)
            ? `it is divided by the number of images, expected each image's own`
            : 'a row must not depend on others, bit for bit'),
      )
      break
    }
    return found
  } catch (error) {
    if (error instanceof NoAnswer) findings.push(error.message)
    else
      say(
        `asked for ${asked === 1 ? 'one image alone' : `${asked} images`} it throws: ${error instanceof Error ? error.message : String(error)}`,
      )
    return undefined
  }
}

/** An answer that should have been an array of numbers, in words. */
export const arrayText = (value: unknown): string =>
  isFloat32Array(value) ? String(value.length) : described(value)

export const isSame = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]) || value === b[i])

/** Whether values in a batch are those alone, divided by its size. */
const isMean = (alone: Float32Array, within: Float32Array, rows: number): boolean =>
  alone.every((value, i) => Math.abs(value - rows * within[i]) <= 1e-4 * Math.abs(value))

function apart(a: unknown, b: Float32Array): string {
  if (!isFloat32Array(a) || a.length !== b.length) return `${arrayText(a)} in place of ${b.length}`
  const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return `off by up to ${largest(a.map((value, i) => value - b[i])).toPrecision(2)}, of values up to ${largest(b).toPrecision(2)}`
}
