import { Help, type Command, type Option } from 'commander'

/** Columns of a description below which it goes under its term instead of beside it. */
const NARROW = 36
/** Columns before a description that is under its term. */
const INDENT = 4
const REQUIRED = 'Required options:'

/**
 * Help of all commands: what a call has to have is in its usage and first in its list; nothing is wider than the terminal.
 */
class OwnHelp extends Help {
  override minWidthToWrap = 1

  override commandUsage(command: Command): string {
    const names = [command.name()]
    for (let above = command.parent; above; above = above.parent) names.unshift(above.name())
    const parts = [
      ...names,
      ...command.registeredArguments.map((argument) => this.argumentPart(argument)),
      ...command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags),
      ...(command.commands.length > 0 ? ['[command]'] : []),
      '[options]',
    ]
    const [before, width] = ['Usage: '.length, this.helpWidth ?? 80]
    // a flag and its value stay in one line
    const joined = parts.map((part) => part.replaceAll(' ', '\ue000')).join(' ')
    return this.boxWrap(joined, width - before)
      .replaceAll('\n', `\n${' '.repeat(before)}`)
      .replaceAll('\ue000', ' ')
  }

  private argumentPart(argument: Command['registeredArguments'][number]): string {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  }

  /** Words that are longer than a line are cut. */
  override boxWrap(text: string, width: number): string {
    return super
      .boxWrap(text, width)
      .split('\n')
      .flatMap((line) => line.match(new RegExp(`.{1,${Math.max(1, width)}}`, 'g')) ?? [''])
      .join('\n')
  }

  override subcommandTerm(command: Command): string {
    return command.name()
  }

  override groupItems<T extends Command | Option>(
    unsorted: T[],
    visible: T[],
    groupOf: (item: T) => string,
  ): Map<string, T[]> {
    const own = (item: T) => ('mandatory' in item && item.mandatory ? REQUIRED : groupOf(item))
    const groups = super.groupItems(unsorted, visible, own)
    const required = groups.get(REQUIRED)
    groups.delete(REQUIRED)
    return required === undefined ? groups : new Map([[REQUIRED, required], ...groups])
  }

  override formatItem(term: string, termWidth: number, description: string, helper: Help): string {
    const width = this.helpWidth ?? 80
    if (description !== '' && width - termWidth - 4 >= NARROW)
      return super.formatItem(term, termWidth, description, helper)
    const indented = (text: string, by: number) =>
      this.boxWrap(text, width - by)
        .split('\n')
        .map((line) => ' '.repeat(by) + line)
    return [...indented(term, 2), ...(description === '' ? [] : indented(description, INDENT))].join('\n')
  }
}

/** Has a command, and its parts, helped so. */
export function withOwnHelp(command: Command): void {
  command.createHelp = () => Object.assign(new OwnHelp(), command.configureHelp())
  command.commands.forEach(withOwnHelp)
}

/** The help of a command as it formats all else. */
export const itemsOf = (
  items: readonly (readonly [term: string, description: string])[],
  width: number,
): string => {
  const help = Object.assign(new OwnHelp(), { helpWidth: width })
  const longest = Math.max(...items.map(([term]) => term.length))
  return items.map(([term, description]) => help.formatItem(term, longest, description, help)).join('\n')
}

/** Text in lines of a width. */
export const wrappedText = (text: string, width: number): string => new OwnHelp().boxWrap(text, width)
