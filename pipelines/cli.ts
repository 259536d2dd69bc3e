#!/usr/bin/env node
// nothing is imported before errors of importing can be told
try {
  const { main } = await import('./commands/main.js')
  process.exitCode = await main(async () => (await import('./commands/program.js')).program)
} catch (error) {
  // so little is there that the program itself cannot be loaded
  process.stderr.write(`${await described(error)}\n`)
  process.exitCode = 1
}

async function described(error: unknown): Promise<string> {
  try {
    return (await import('./commands/describe.js')).describe(error)
  } catch {
    return `blindspot: it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`
  }
}
