#!/usr/bin/env node
import { shortage } from './commands/shortage.js'

try {
  const { main } = await import('./commands/main.js')
  process.exitCode = await main(async () => (await import('./commands/program.js')).program)
} catch (error) {
  // so little is there that the program itself cannot be loaded
  const lacking = shortage(error)
  if (lacking === undefined) throw error
  process.stderr.write(`blindspot: ${lacking} (${(error as Error).message})\n`)
  process.exitCode = 1
}
