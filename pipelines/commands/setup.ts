import { Command } from 'commander'
import { interrupt } from './command.js'

/** `blindspot setup`: the native backend. */
export function setupCommand(): Command {
  return new Command('setup')
    .description('set up the native TensorFlow backend; without it everything runs on wasm, slower')
    .option('--check', 'say which backend there is, its threads and gaps, and change nothing')
    .option('--json', 'print the result as JSON')
    .action(async (options: { check?: boolean; json?: boolean }) => {
      const { runSetup } = await import('./runSetup.js')
      process.exitCode = await runSetup({ ...options, signal: interrupt.signal })
    })
}
