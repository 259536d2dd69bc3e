import { CommanderError, type Command } from 'commander'
import { BlindspotError, warnThrough } from '../../operators/errors.js'
import { interrupt, Unkept } from './command.js'
import { describe } from './describe.js'
import { explainHelp } from './explain.js'
import { endInOrder, type Ending } from './ending.js'
import { lostResults, outliveOutputs, say } from './outputs.js'

/**
 * Runs a command line and gives the exit code: 0: done, 1: the work failed or its result could not be printed, 2:
 * the call is wrong, 130: interrupted, the same call goes on. What cannot be printed ends no work: it goes on to its
 * commit.
 *
 * @param load gives the program; what is lacking for it is said like all else
 */
export async function main(load: () => Promise<Command>): Promise<number> {
  outliveOutputs()
  warnThrough((message) => void say(`blindspot: warning: ${message}`))
  const ending = endInOrder(interrupt, describe)
  try {
    const code = await outcome(load, ending)
    const lost = await lostResults()
    if (lost === undefined || code !== 0) return code
    await say(
      `blindspot: the result could not be printed: ${lost}; the work itself is done, and its files are complete`,
    )
    return 1
  } finally {
    ending.stop()
  }
}

async function outcome(load: () => Promise<Command>, ending: Ending): Promise<number> {
  try {
    await (await load()).parseAsync()
    return ending.failed ? 1 : Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode !== 0) return 2
      await explainHelp()
      return 0
    }
    if (ending.failed) return 1
    if (interrupt.signal.aborted) {
      await say(
        error instanceof Unkept
          ? error.message
          : 'interrupted; what is committed stays, and the same command goes on after it',
      )
      return 130
    }
    await say(describe(error))
    return error instanceof BlindspotError && error.code === 'bad-option' ? 2 : 1
  }
}
