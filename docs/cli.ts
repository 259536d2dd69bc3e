import { program } from '../pipelines/commands/program.js'
import { jsonFields } from './jsonFields.js'
import { CLI_INTRODUCTION } from './cliIntroduction.js'

/** Width of the help in columns, whatever terminal this runs in. */
const COLUMNS = 100

/** The command line, `docs/cli.md`: what all commands have in common, then the help of each. */
export const cli = (): string =>
  [CLI_INTRODUCTION, ...program.commands.flatMap((command) => sections(command))].join('\n\n')

type Command = (typeof program.commands)[number]

/** A command, or its parts where it has some. */
const sections = (command: Command): readonly string[] =>
  command.commands.length === 0
    ? [section(command)]
    : command.commands.map((part) => section(part, `${command.name()} ${part.name()}`))

function section(command: Command, name = command.name()): string {
  command.configureOutput({ getOutHelpWidth: () => COLUMNS, getOutHasColors: () => false })
  const help = `### \`${name}\`\n\n\`\`\`text\n${command.helpInformation().trimEnd()}\n\`\`\``
  return [help, jsonFields(name)].filter((part) => part !== '').join('\n\n')
}
