/** What some work warned of. */
export async function warnings(work: () => Promise<unknown>): Promise<readonly string[]> {
  const said: string[] = []
  const listener = ({ message }: Error) => said.push(message)
  process.on('warning', listener)
  await work()
  await new Promise(setImmediate)
  process.off('warning', listener)
  return said
}
