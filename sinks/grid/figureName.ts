/** What a file system takes for one name, with room for a kind and an extension. */
const LONGEST = 80

/**
 * Name of a figure's file: of its network, without what a shell or a file system takes for something else, and its kind.
 *
 * @param taken names so far, in small letters as some file systems see them; one that is there gets a number
 */
export function figureName(network: string, kind: string, taken = new Set<string>()): string {
  const plain = network.replaceAll(/[^\p{L}\p{N}_]+/gu, '-').replaceAll(/^-|-$/g, '')
  const stem = Array.from(plain === '' ? 'network' : plain)
    .slice(0, LONGEST)
    .join('')
  let name = `${stem}-${kind}`
  for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${stem}-${i}-${kind}`
  taken.add(name.toLowerCase())
  return name
}
