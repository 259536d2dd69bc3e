import type { Command } from 'commander'
import { itemsOf, wrappedText } from './help.js'

/** The command whose help was shown last. */
let shown: Command | undefined

/** Remembers when the help of a command, or of a part of it, is shown. */
export function rememberHelp(command: Command): void {
  command.addHelpText('after', () => {
    shown = command
    return ''
  })
  command.commands.forEach(rememberHelp)
}

const MODEL =
  'a folder with the model.json of a TensorFlow.js layers or graph model, or that file, or the URL of either in an object ' +
  'store; blindspot train and blindspot import make such folders, docs/models.md tells how other networks become one'

/** What follows the help that was shown: the forms of SOURCE and MODEL, where its command takes one. They are read only then. */
export async function explainHelp(): Promise<void> {
  const command = shown
  shown = undefined
  if (command === undefined) return
  const flags = [
    ...command.options.map((option) => option.flags),
    ...command.registeredArguments.map((argument) => `<${argument.name()}>`),
  ].join(' ')
  const width = (process.stdout.isTTY && process.stdout.columns) || 80
  const parts: string[] = []
  if (/<model(s|\.\.\.)?>/.test(flags)) parts.push(wrappedText(`MODEL: ${MODEL}`, width))
  if (/<source>/.test(flags)) {
    const { FORMS } = await import('../../sources/source.js')
    const items = FORMS.map((form): readonly [string, string] => {
      const [, term = form, description = ''] = /^(.*?) \((.*)\)$/s.exec(form) ?? []
      return [term, description]
    })
    parts.push(
      `SOURCE, where images are read from:\n${itemsOf(items, width)}`,
      wrappedText('docs/cli.md#source-model-dir tells more of them.', width),
    )
  }
  if (parts.length > 0) console.log(`\n${parts.join('\n\n')}`)
}
