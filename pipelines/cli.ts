#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { interrupt } from './commands/command.js'
import { attackCommand } from './commands/attack.js'
import { evaluateCommand } from './commands/evaluate.js'
import { paperCommand } from './commands/paper.js'
import { rankCommand } from './commands/rank.js'
import { reportCommand } from './commands/report.js'
import { scoreCommand } from './commands/score.js'
import { setupCommand } from './commands/setup.js'
import { trainCommand } from './commands/train.js'
import { BlindspotError } from '../operators/errors.js'
import { VERSION } from './version.js'

const program = new Command('blindspot')
  .description('Adversarial examples and directions of networks, streamed (Szegedy et al. 2013)')
  .version(VERSION)
  .showHelpAfterError('(--help says what there is)')
  .exitOverride()

const commands = [
  paperCommand,
  trainCommand,
  evaluateCommand,
  attackCommand,
  scoreCommand,
  rankCommand,
  reportCommand,
  setupCommand,
]
for (const command of commands) program.addCommand(command().copyInheritedSettings(program))

process.exitCode = await main()

/** 0: done, 1: the work failed, 2: the call is wrong, 130: interrupted, the same call goes on. */
async function main(): Promise<number> {
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  // a reader that has left, such as `head`, ends the output quietly
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  try {
    await program.parseAsync()
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (interrupt.signal.aborted) {
      console.error('interrupted; the same command goes on from what is committed')
      return 130
    }
    if (error instanceof BlindspotError) {
      console.error(`blindspot: ${error.message}`)
      return error.code === 'bad-option' ? 2 : 1
    }
    console.error(error)
    return 1
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}
