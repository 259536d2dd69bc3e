#!/usr/bin/env node
import { describe } from './commands/describe.js'

try {
  const { main } = await import('./commands/main.js')
  process.exitCode = await main(async () => (await import('./commands/program.js')).program)
} catch (error) {
  // so little is there that the program itself cannot be loaded
  process.stderr.write(`${describe(error)}\n`)
  process.exitCode = 1
}
