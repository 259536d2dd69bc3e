import t from 'tap'
import type { Command } from 'commander'
import { program } from '../../../pipelines/commands/program.js'
import { FORMS } from '../../../sources/source.js'
import { blindspot } from '../commandLine.js'

const commandsOf = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(commandsOf),
]

t.test('help keeps to the terminal’s width, and says first what a call has to have', (t) => {
  for (const command of commandsOf(program)) {
    for (const width of [40, 60, 80, 120]) {
      command.configureOutput({ getOutHelpWidth: () => width })
      const lines = command.helpInformation().split('\n')
      t.same(
        lines.filter((line) => line.length > width),
        [],
        `${command.name()} at ${width}`,
      )
    }
    const help = command.helpInformation()
    const usage = help.slice(0, help.indexOf('\n\n')).replaceAll(/\s+/g, ' ')
    const [, required = ''] = /\nRequired options:\n((?: .*\n)+)/.exec(help) ?? []
    for (const { flags, mandatory, long } of command.options) {
      t.equal(usage.includes(flags), mandatory, `usage of ${command.name()}: ${flags}`)
      t.equal(required.includes(`  ${flags}`), mandatory, `${command.name()} ${long}`)
    }
  }
  t.end()
})

t.test('the forms of SOURCE and MODEL are told where a command takes one', async (t) => {
  const attack = await blindspot('attack', '--help')
  t.equal(attack.code, 0)
  t.match(attack.out, /MODEL: a folder with the model\.json/)
  for (const form of FORMS) t.ok(attack.out.includes(form.replace(/ \(.*/s, '')), form)
  const query = await blindspot('query', '--help')
  t.notMatch(query.out, /SOURCE|MODEL:/)
})

t.test('all that is wrong of a call is said at once, and what was meant', async (t) => {
  const calls: [string[], RegExp[]][] = [
    [['attack'], [/'--data <source>' not specified/, /'--out <dir>' not specified/, /argument 'models?'/]],
    [['train', 'FC10'], [/^error: required option '--out <dir>' not specified\n\(--help/]],
    [
      ['attack', 'm', '--limit', 'x', '--seed', '-1', '--goal', 'rnadom', '--out', ''],
      [/--limit.*'x'/, /--seed.*'-1'/, /--goal.*'rnadom'.*runner-up/, /--out.*expected a folder/, /--data/],
    ],
    [
      ['evaluate', 'm', '--dta', 'mnist:test'],
      [/'--dta'\n\(Did you mean --data\?\)/, /'--data <source>' not/],
    ],
    [['import', 'alexne', 'f', '--out', 'o'], [/'architecture'.*'alexne'.*alexnet-2012/]],
    [['atack'], [/Did you mean attack/]],
    [['sweep', 'rnu'], [/Did you mean run/]],
  ]
  for (const [args, expected] of calls) {
    const { code, err } = await blindspot(...args)
    t.equal(code, 2, args.join(' '))
    for (const one of expected) t.match(err, one)
  }
  const { err } = await blindspot('attack', 'm', '--out', '', '--data', 'mnist:test')
  t.notMatch(err, /not specified/, 'one that is wrong is not missing, too')
  t.notMatch((await blindspot('attack', 'm')).err, /is invalid/, 'nothing is left of the call before')
})

t.test('options that would mean nothing are wrong calls', async (t) => {
  const calls: [string[], RegExp][] = [
    [['query', 'd', 'transfer', '--sql', '--out', 'x'], /--sql.*cannot be used with.*--out/],
    [['query', 'd', '--list', '--memory', '1GB'], /--list.*cannot be used with.*--memory/],
    [['query', 'd', 'transfer', '--format', 'csv', '--rows', '3'], /--rows: is of a table/],
    [['query', 'd', 'transfer', '--list'], /--list: .*got transfer/],
    [['evaluate', 'm', '--data', 'mnist:test', '--compression', 'snappy'], /--compression: .*--out/],
    [['score', '--data', 'mnist:test', '--models', 'm', '--clip', '--out', 'o'], /--clip: .*--noise/],
    [['compact', 'd', '--size', '0MB'], /--size.*over 0/],
  ]
  for (const [args, expected] of calls) t.match(await blindspot(...args), { code: 2, err: expected })
})
