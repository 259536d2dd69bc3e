import type { JsonLine } from '../pipelines/commands/jsonField.js'
import { JSON_LINES } from '../pipelines/commands/jsonFields.js'

/** What `--json` prints of a command, as tables; nothing of one that has none. */
export const jsonFields = (command: string): string =>
  JSON_LINES.filter((line) => line.command === command)
    .map(tableOf)
    .join('\n\n')

const tableOf = ({ of, fields }: JsonLine) =>
  [
    `\`--json\`: a line of ${of}.`,
    '',
    '| field | type | |',
    '| - | - | - |',
    ...Object.entries(fields).map(
      ([name, { type, optional, text }]) =>
        `| \`${name}\` | ${type}${optional ? ' or null' : ''} | ${text.replaceAll('|', '\\|')} |`,
    ),
  ].join('\n')
