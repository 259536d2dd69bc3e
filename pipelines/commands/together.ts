import { Command, InvalidArgumentError } from 'commander'

const INVALID = 'commander.invalidArgument'
const UNKNOWN = 'commander.unknownOption'
const EXCESS = 'commander.excessArguments'

/** What can be wrong of a call beside something else. */
const TOGETHER = [
  'commander.missingMandatoryOptionValue',
  'commander.missingArgument',
  UNKNOWN,
  EXCESS,
].concat('commander.conflictingOption')

interface Wrong {
  readonly message: string
  readonly code: string
}

/**
 * Has all that is wrong of a call said at once: each option and argument that is missing, and each wrong value, rather than one
 * after another. A command of commands names what it does not know at once.
 */
export function sayTogether(program: Command): void {
  let wrong: Wrong[] = []
  const add = (message: string, code: string) => void wrong.push({ message, code })
  for (const command of leavesOf(program)) {
    collectInvalid(command, add)
    const error = command.error.bind(command)
    const later: Command['error'] = (message, options) => {
      const { code = '' } = options ?? {}
      if (!TOGETHER.includes(code)) return error(message, options)
      add(message, code)
      // commander goes on to what else is wrong; the action is not reached
      return undefined as never
    }
    command.error = later
  }
  program
    .hook('preSubcommand', () => {
      wrong = []
    })
    .hook('preAction', (_, action) => {
      if (wrong.length === 0) return
      // what follows an option that is not known is taken for arguments
      const isUnknown = wrong.some(({ code }) => code === UNKNOWN)
      const all = wrong.filter(({ code }) => !(isUnknown && code === EXCESS))
      Command.prototype.error.call(action, all.map(({ message }) => message).join('\n'), {
        exitCode: 1,
        code: all[0].code,
      })
    })
}

const leavesOf = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)

/** Notes a wrong value of an option or an argument, and reads on. */
function collectInvalid(command: Command, add: (message: string, code: string) => void): void {
  for (const part of [...command.options, ...command.registeredArguments]) {
    const { parseArg } = part
    if (parseArg === undefined) continue
    const name = 'flags' in part ? `option '${part.flags}'` : `argument '${part.name()}'`
    const collecting = (value: string, before: unknown): unknown => {
      try {
        return parseArg.call<typeof part, [string, unknown], unknown>(part, value, before)
      } catch (error) {
        if (!(error instanceof InvalidArgumentError)) throw error
        add(`error: ${name}: '${value}' is invalid. ${error.message}`, INVALID)
        return value
      }
    }
    part.parseArg = collecting as typeof parseArg
  }
}
