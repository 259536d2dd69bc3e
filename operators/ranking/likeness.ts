/** How much alike some images are, by their labels. */
export interface Likeness {
  /** The label that most of them have; of several the least. */
  readonly label: number
  /** Share of the images that have the label. */
  readonly purity: number
  /** Entropy of the images' labels, −Σ p log₂ p, in bits. */
  readonly entropy: number
}

export function alike(labels: Int32Array): Likeness {
  const counts = new Map<number, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  const [label, most] = [...counts].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a))
  // smallest counts first: the sum does not depend on the order of the images
  const entropy = [...counts.values()]
    .sort((a, b) => a - b)
    .reduce((sum, count) => sum - (count / labels.length) * Math.log2(count / labels.length), 0)
  return { label, purity: most / labels.length, entropy: Math.max(0, entropy) }
}
