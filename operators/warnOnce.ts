const said = new Set<string>()
let say = (message: string): void => process.emitWarning(message)

/** A warning of this process (`process.on('warning')`, or else on stderr), once. */
export function warnOnce(message: string): void {
  if (said.has(message)) return
  said.add(message)
  say(message)
}

/** For threads: who warns in place of this process. */
export function warnThrough(listener: (message: string) => void): void {
  say = listener
}
