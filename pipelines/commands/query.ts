import { Command, InvalidArgumentError, Option } from 'commander'
import { BlindspotError, printable } from '../../operators/errors.js'
import type { Lake, Latest } from '../../sinks/lake/lake.js'
import type { Question } from '../questions/question.js'
import { folder, interrupt, print, unkept, whole, WIRE } from './command.js'
import { didYouMean } from './didYouMean.js'
import { FORMATS, formatOf, type Format } from './answerFormat.js'
import { writingTo } from '../../sources/objects/writingTo.js'
import { above, absolute, lastOf, within } from '../../sources/place.js'
import { requireOutside } from '../outside.js'

interface Options {
  readonly list?: boolean
  readonly sql?: boolean
  readonly file?: string
  readonly format?: Format
  readonly out?: string | undefined
  readonly rows?: number
  readonly allow?: readonly string[]
  readonly memory?: string
  readonly json?: boolean
}

/** Options that are of an answer to SQL alone. */
const OF_ANSWERS = ['file', 'format', 'out', 'rows', 'allow', 'memory']

/** `blindspot query`: SQL over the tables of a data set. */
export function queryCommand(): Command {
  return new Command('query')
    .description('asks a data set by SQL, or one of the ready questions; it changes nothing')
    .argument('<dir>', 'data set', folder)
    .argument(
      '[question]',
      'SQL over the tables, as "FROM models", - for SQL from standard input, or the name of a ready question; without one: what is in the data set',
    )
    .addOption(
      new Option('--list', 'the ready questions, and whether the data set has what they need').conflicts(
        OF_ANSWERS,
      ),
    )
    .addOption(
      new Option('--sql', 'the SQL of a ready question, in place of its answer').conflicts(
        ['list', 'json'].concat(OF_ANSWERS),
      ),
    )
    .option('--file <file>', 'a file with the SQL', text('a file'))
    .addOption(
      new Option(
        '--format <name>',
        'of the answer (default: table, or by the ending of --out); Arrow is an IPC stream',
      ).choices(FORMATS),
    )
    .option('--out <file>', 'where the answer goes (default: standard output)', text('a file'))
    .option('--rows <n>', 'rows that a table shows (default: 40)', whole(1))
    .option(
      '--allow <path>',
      'a file or folder that SQL may read, too; several times for several',
      (path: string, before?: readonly string[]) => [...(before ?? []), text('a path')(path)],
    )
    .option('--memory <size>', 'memory that DuckDB takes at most, as 4GB (default: 1GB)', text('a size'))
    .option('--json', 'the same as --format jsonl: an object per row, a line each')
    .action(act)
}

async function act(dir: string, given: string | undefined, options: Options): Promise<void> {
  const { openLake } = await import('../../sinks/lake/openLake.js')
  const { QUESTIONS } = await import('../questions/questions.js')
  const names = QUESTIONS.map(({ name }) => name)
  const ready = QUESTIONS.find(({ name }) => name === given)
  if (options.sql) {
    printSql(given, ready, names)
    return
  }
  if (options.out === WIRE) return act(dir, given, { ...options, out: undefined })
  const format = formatOf(options)
  if (options.rows !== undefined && format !== 'table')
    throw new BlindspotError(
      'bad-option',
      `--rows: is of a table, and ${format} has all rows; leave it out, or write LIMIT in SQL`,
    )
  if (options.list && given !== undefined)
    throw new BlindspotError(
      'bad-option',
      `--list: lists all ready questions, expected none beside it, got ${given}`,
    )
  if (options.file !== undefined && given !== undefined)
    throw new BlindspotError('bad-option', `--file: expected no SQL beside it, got ${given}`)
  const lake = await openLake(dir, { readOnly: true })
  if (options.list) {
    list(await lake.latest(), QUESTIONS, options)
    return
  }
  const sql = ready?.sql ?? (await sqlOf(given, options, names))
  if (sql === undefined) {
    const without = OF_ANSWERS.find((name) => options[name as keyof Options] !== undefined)
    if (without !== undefined)
      throw new BlindspotError(
        'bad-option',
        `--${without}: is of an answer, and nothing is asked; give SQL or the name of a ready question`,
      )
    return look(lake, options)
  }
  await requireOutside(lake, options.out)
  const { queryDataSet } = await import('../questions/queryDataSet.js')
  const { deliver } = await import('./deliver.js')
  const { allow, memory, out, rows } = options
  const title = ready && titleOf(ready, await lake.latest())
  const ask = (file: string | undefined) =>
    unkept(
      `the data set is as it was${out === undefined ? '' : `, and ${out} was not written`}; the same call asks again`,
      () =>
        queryDataSet(
          lake,
          sql,
          (answer) => deliver(answer, { format, out: file, rows, title, sql, signal: interrupt.signal }),
          { allow, memory, signal: interrupt.signal },
        ),
    )
  if (out === undefined) return ask(undefined)
  await writingTo(above(absolute(out)), (folder) => ask(within(folder, lastOf(out))))
}

/** The SQL that is asked for; none where nothing is. */
async function sqlOf(
  given: string | undefined,
  { file }: Options,
  names: readonly string[],
): Promise<string | undefined> {
  if (file !== undefined) {
    const { readText } = await import('../../sources/readText.js')
    return readText(file)
  }
  if (given === '-') {
    const { text: all } = await import('node:stream/consumers')
    return all(process.stdin)
  }
  if (given !== undefined && /^[\w-]+$/.test(given) && !/^(show|describe|desc|from|select)$/i.test(given))
    throw noQuestion(given, names)
  return given
}

const noQuestion = (name: string | undefined, names: readonly string[]) =>
  new BlindspotError(
    'bad-option',
    `expected SQL, as "FROM models", or the name of a ready question, got ${name ?? 'nothing'}; --list has their names${didYouMean(name ?? '', names)}`,
  )

function printSql(given: string | undefined, ready: Question | undefined, names: readonly string[]): void {
  if (ready === undefined) throw noQuestion(given, names)
  console.log(ready.sql)
}

/** Tables of a question that have no rows here. */
function lackedBy({ tables }: Question, { files }: Latest): readonly string[] {
  const there = new Set(files().flatMap(({ table, rows }) => (rows > 0 ? [table] : [])))
  return tables.filter((table) => !there.has(table))
}

/** A question in words, and what there is not to answer it. */
function titleOf(question: Question, latest: Latest): string {
  const lacks = lackedBy(question, latest)
  return `${question.question}${lacks.length > 0 ? ` (no rows of ${lacks.join(', ')})` : ''}`
}

/** Prints the ready questions. */
function list(latest: Latest, questions: readonly Question[], options: Options): void {
  const wide = Math.max(...questions.map(({ name }) => name.length))
  print(
    options,
    questions.map((question) => ({
      name: question.name,
      question: question.question,
      tables: question.tables,
      lacks: lackedBy(question, latest),
    })),
    ...questions.map((question) => `${question.name.padEnd(wide)}  ${titleOf(question, latest)}`),
  )
}

/** Prints what is in the data set. */
async function look(lake: Lake, options: Options): Promise<void> {
  const { TABLES, isTableName } = await import('../../operators/records/tables.js')
  const { RUNS_COLUMNS } = await import('../runs/runsView.js')
  const files = await lake.files()
  const tables = Object.keys(TABLES)
    .filter(isTableName)
    .map((table) => {
      const own = files.filter((file) => file.table === table)
      return {
        table,
        rows: own.reduce((sum, { rows }) => sum + rows, 0),
        files: own.length,
        columns: TABLES[table].columns.map(({ name, kind }) => ({ name, type: kind.sql })),
      }
    })
  const count = (n: number, what: string) => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`
  print(
    options,
    tables,
    ...tables.flatMap(({ table, rows, files: n, columns }) =>
      rows === 0
        ? [`${table}: no rows`]
        : [
            `${table}: ${count(rows, 'row')} in ${count(n, 'file')}`,
            ...lines(columns.map(({ name, type }) => `${name} ${type}`)),
          ],
    ),
    'runs: what each run stands for',
    ...lines(RUNS_COLUMNS.map(({ name, type }) => `${name} ${type}`)),
    '',
    printable(`blindspot query ${lake.folder} "SELECT …" asks by SQL; --list has questions that are ready`),
  )
}

/** Words in lines of the terminal's width. */
function lines(words: readonly string[]): readonly string[] {
  const width = Math.max(40, process.stdout.columns || 110)
  const all: string[] = []
  for (const [i, word] of words.entries()) {
    const last = all.at(-1)
    const text = i === words.length - 1 ? word : `${word},`
    if (last !== undefined && last.length + 1 + text.length <= width) all[all.length - 1] = `${last} ${text}`
    else all.push(`  ${text}`)
  }
  return all
}

/** An option's text, which is not empty. */
function text(what: string): (given: string) => string {
  return (given) => {
    if (given !== '') return given
    throw new InvalidArgumentError(`expected ${what}`)
  }
}
