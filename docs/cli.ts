import { program } from '../pipelines/commands/program.js'
import { CLI_INTRODUCTION } from './cliIntroduction.js'

/** Width of the help in columns, whatever terminal this runs in. */
const COLUMNS = 100

/** The command line, `docs/cli.md`: what all commands have in common, then the help of each. */
export const cli = (): string =>
  [CLI_INTRODUCTION, ...program.commands.map((command) => section(command))].join('\n\n')

type Command = (typeof program.commands)[number]

function section(command: Command): string {
  command.configureOutput({ getOutHelpWidth: () => COLUMNS, getOutHasColors: () => false })
  return `### \`${command.name()}\`\n\n\`\`\`text\n${command.helpInformation().trimEnd()}\n\`\`\``
}
