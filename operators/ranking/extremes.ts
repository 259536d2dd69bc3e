/** Images of a stream, each once, as what a bounded memory keeps of them. */
export interface Sample {
  readonly dataset: string
  readonly split: string
  readonly index: number
  readonly label: number
}

/** An image among the first of a direction. */
export interface Placed extends Sample {
  readonly value: number
}

/**
 * For each of many directions the `top` images with the largest values, or (sign −1) the least, out of a stream of any
 * length: a binary heap each, the one to leave first at its root. Of equal values the sample that comes first by data set,
 * split and index is kept: what is kept does not depend on the order of the stream.
 */
export class Extremes {
  /** [directions] what a value has to reach, times the sign, to be kept; −Infinity while there is room. */
  readonly thresholds: Float64Array
  readonly #keys: Float64Array
  readonly #index: Int32Array
  readonly #label: Int32Array
  readonly #origin: Int32Array
  readonly #sizes: Int32Array

  constructor(
    directions: number,
    readonly top: number,
    readonly sign: 1 | -1,
    private readonly origins: Origins,
  ) {
    this.thresholds = new Float64Array(directions).fill(-Infinity)
    this.#keys = new Float64Array(directions * top)
    this.#index = new Int32Array(directions * top)
    this.#label = new Int32Array(directions * top)
    this.#origin = new Int32Array(directions * top)
    this.#sizes = new Int32Array(directions)
  }

  /** Takes an image where it is among the first of a direction. */
  offer(direction: number, value: number, index: number, label: number, origin: number): void {
    const key = this.sign * value
    if (key < this.thresholds[direction]) return
    const root = direction * this.top
    const size = this.#sizes[direction]
    if (size < this.top) {
      this.#put(root + size, key, index, label, origin)
      this.#sizes[direction]++
      this.#rise(root, size)
    } else {
      if (!this.#precedes(key, origin, index, root)) return
      this.#put(root, key, index, label, origin)
      this.#sink(root, size)
    }
    if (this.#sizes[direction] === this.top) this.thresholds[direction] = this.#keys[root]
  }

  /** The images of a direction, the first one first. */
  placed(direction: number): readonly Placed[] {
    const root = direction * this.top
    const slots = Array.from({ length: this.#sizes[direction] }, (_, i) => root + i)
    return slots
      .sort((a, b) => (this.#before(a, b) ? -1 : 1))
      .map((slot) => ({
        ...this.origins.of(this.#origin[slot]),
        index: this.#index[slot],
        label: this.#label[slot],
        value: this.sign * this.#keys[slot],
      }))
  }

  /** Whether an image goes before the one in a slot. */
  #precedes(key: number, origin: number, index: number, slot: number): boolean {
    if (key !== this.#keys[slot]) return key > this.#keys[slot]
    if (origin !== this.#origin[slot]) return this.origins.before(origin, this.#origin[slot])
    return index < this.#index[slot]
  }

  #before(a: number, b: number): boolean {
    return this.#precedes(this.#keys[a], this.#origin[a], this.#index[a], b)
  }

  #put(slot: number, key: number, index: number, label: number, origin: number): void {
    this.#keys[slot] = key
    this.#index[slot] = index
    this.#label[slot] = label
    this.#origin[slot] = origin
  }

  #swap(a: number, b: number): void {
    const key = this.#keys[a]
    const index = this.#index[a]
    const label = this.#label[a]
    const origin = this.#origin[a]
    this.#put(a, this.#keys[b], this.#index[b], this.#label[b], this.#origin[b])
    this.#put(b, key, index, label, origin)
  }

  #rise(root: number, at: number): void {
    for (let child = at; child > 0;) {
      const parent = (child - 1) >> 1
      if (!this.#before(root + parent, root + child)) return
      this.#swap(root + parent, root + child)
      child = parent
    }
  }

  #sink(root: number, size: number): void {
    for (let parent = 0; ;) {
      const child = 2 * parent + 1
      let last = parent
      if (child < size && this.#before(root + last, root + child)) last = child
      if (child + 1 < size && this.#before(root + last, root + child + 1)) last = child + 1
      if (last === parent) return
      this.#swap(root + parent, root + last)
      parent = last
    }
  }
}

/** The data sets and splits of a stream, by numbers. */
export class Origins {
  readonly #all: Pick<Sample, 'dataset' | 'split'>[] = []

  number(dataset: string, split: string): number {
    const found = this.#all.findIndex((origin) => origin.dataset === dataset && origin.split === split)
    return found >= 0 ? found : this.#all.push({ dataset, split }) - 1
  }

  of(number: number): Pick<Sample, 'dataset' | 'split'> {
    return this.#all[number]
  }

  /** By name: the numbers depend on the order of the stream. */
  before(a: number, b: number): boolean {
    const [one, other] = [this.#all[a], this.#all[b]]
    if (one.dataset !== other.dataset) return one.dataset < other.dataset
    return one.split < other.split
  }
}
