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
  /** The number that the image was ordered by. */
  readonly key: number
}

/**
 * For each of many directions the `top` images with the largest values, or (sign −1) the least, out of a stream of any
 * length: a binary heap each, the one to leave first at its root. Both are ends of one order, in which equal values go by
 * data set, split and index: of those the first samples are among the largest, the last ones among the least. What is kept
 * does not depend on the order of the stream.
 */
export class Extremes {
  /** [directions] what a value has to reach, times the sign, to be kept; −Infinity while there is room. */
  readonly thresholds: Float64Array
  readonly #keys: Float64Array
  /** [directions × top] the images' values, only where they are not the keys. */
  readonly #values: Float64Array | undefined
  readonly #index: Int32Array
  readonly #label: Int32Array
  readonly #origin: Int32Array
  readonly #sizes: Int32Array

  /** @param options.apart images are ordered by other numbers than their values, which `offer` is given beside */
  constructor(
    directions: number,
    readonly top: number,
    readonly sign: 1 | -1,
    private readonly origins: Origins,
    { apart = false }: { readonly apart?: boolean } = {},
  ) {
    this.thresholds = new Float64Array(directions).fill(-Infinity)
    this.#keys = new Float64Array(directions * top)
    this.#values = apart ? new Float64Array(directions * top) : undefined
    this.#index = new Int32Array(directions * top)
    this.#label = new Int32Array(directions * top)
    this.#origin = new Int32Array(directions * top)
    this.#sizes = new Int32Array(directions)
  }

  /**
   * Takes in an image where it is among the first of a direction.
   *
   * @param by what it is ordered by
   * @param value only where it is another number
   */
  offer(direction: number, by: number, index: number, label: number, origin: number, value = by): void {
    const key = this.sign * by
    if (key < this.thresholds[direction]) return
    const root = direction * this.top
    const size = this.#sizes[direction]
    const full = size === this.top
    if (full && !this.#precedes(key, origin, index, root)) return
    const slot = full
      ? this.#sinkTo(root, size, key, origin, index)
      : this.#riseTo(root, size, key, origin, index)
    this.#keys[slot] = key
    if (this.#values) this.#values[slot] = value
    this.#index[slot] = index
    this.#label[slot] = label
    this.#origin[slot] = origin
    if (!full) this.#sizes[direction]++
    if (this.#sizes[direction] === this.top) this.thresholds[direction] = this.#keys[root]
  }

  /** The images of a direction, the first one first. */
  placed(direction: number): readonly Placed[] {
    const root = direction * this.top
    const slots = Array.from({ length: this.#sizes[direction] }, (_, i) => root + i)
    return slots
      .sort((a, b) => (this.#before(a, b) ? -1 : 1))
      .map((slot) => {
        // spread instead, it would take ten times as long as all the rest
        const { dataset, split } = this.origins.of(this.#origin[slot])
        return {
          dataset,
          split,
          index: this.#index[slot],
          label: this.#label[slot],
          value: this.#values ? this.#values[slot] : this.sign * this.#keys[slot],
          key: this.sign * this.#keys[slot],
        }
      })
  }

  /** Whether an image goes before the one in a slot. */
  #precedes(key: number, origin: number, index: number, slot: number): boolean {
    if (key !== this.#keys[slot]) return key > this.#keys[slot]
    if (origin === this.#origin[slot]) return this.sign * (index - this.#index[slot]) < 0
    return this.sign > 0
      ? this.origins.before(origin, this.#origin[slot])
      : this.origins.before(this.#origin[slot], origin)
  }

  #before(a: number, b: number): boolean {
    return this.#precedes(this.#keys[a], this.#origin[a], this.#index[a], b)
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#keys[from]
    if (this.#values) this.#values[to] = this.#values[from]
    this.#index[to] = this.#index[from]
    this.#label[to] = this.#label[from]
    this.#origin[to] = this.#origin[from]
  }

  /** Where an image belongs when a slot at the bottom is free: those above that go before it come down. */
  #riseTo(root: number, at: number, key: number, origin: number, index: number): number {
    let free = at
    while (free > 0) {
      const parent = (free - 1) >> 1
      if (this.#precedes(key, origin, index, root + parent)) break
      this.#move(root + parent, root + free)
      free = parent
    }
    return root + free
  }

  /** Where an image belongs when the root is free: those below that leave before it come up. */
  #sinkTo(root: number, size: number, key: number, origin: number, index: number): number {
    let free = 0
    for (let child = 1; child < size; child = 2 * free + 1) {
      if (child + 1 < size && this.#before(root + child, root + child + 1)) child++
      if (!this.#precedes(key, origin, index, root + child)) break
      this.#move(root + child, root + free)
      free = child
    }
    return root + free
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

  /** Whether one data set and split is before another, by name: their numbers depend on the order of the stream. */
  before(a: number, b: number): boolean {
    const [one, other] = [this.#all[a], this.#all[b]]
    if (one.dataset !== other.dataset) return one.dataset < other.dataset
    return one.split < other.split
  }
}
