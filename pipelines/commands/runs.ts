import { Command } from 'commander'
import type { Run } from '../runs/run.js'
import { folder, print, type CommonOptions } from './command.js'

/** `blindspot runs`: what each `run` of a data set stands for. */
export function runsCommand(): Command {
  return new Command('runs')
    .description(
      'what each run of a data set stands for: kind, models, images, seed, rows, when and by which call; the table runs of blindspot query has more',
    )
    .argument('<dir>', 'data set, as paper, attack or score writes it', folder)
    .option('--json', 'print all that is known of each run as JSON, a line each')
    .action(act)
}

async function act(dir: string, options: Pick<CommonOptions, 'json'>): Promise<void> {
  const { openLake } = await import('../../sinks/lake/openLake.js')
  const { runsOf } = await import('../runs/runs.js')
  const { attackOfRun } = await import('../runs/attackOfRun.js')
  const { kindNames } = await import('../tables/attackNames.js')
  const { many } = await import('../tables/words.js')
  const lake = await openLake(dir, { readOnly: true })
  const runs = await runsOf(lake)
  const attacks = new Map(
    runs.flatMap((run) => {
      const attack = attackOfRun(run)
      return attack ? [[run.run, attack]] : []
    }),
  )
  const nameOf = kindNames([...attacks.values()])
  const wide = Math.max(0, ...runs.map(({ kind }) => kind.length))
  print(
    options,
    runs,
    ...runs.flatMap((run) => {
      const attack = attacks.get(run.run)
      return [
        `${run.run}  ${run.kind.padEnd(wide)}  ${aboutOf(run, attack && nameOf(attack))}`,
        `  ${madeOf(run)}`,
        ...(run.command === null ? [] : [`  ${run.command}`]),
      ]
    }),
    ...(runs.length === 0 ? [`${dir} has no rows yet`] : [many(runs.length, 'run')]),
  )
}

/** How many rows a run has of which tables, when and by which version it was begun, and its steps. */
function madeOf(run: Run): string {
  const tables = Object.entries(run.tables).map(([table, rows]) => `${rows.toLocaleString('en')} ${table}`)
  const version = run.version === null ? '' : `, blindspot ${run.version}`
  return `${tables.join(', ')}; ${run.begun.slice(0, 16).replace('T', ' ')}${version}${stepsOf(run)}`
}

/** Steps that code called something; those of commands are called as their run, or by digits as it is. */
function stepsOf({ run, steps }: Run): string {
  const named = steps.filter((step) => step !== run && !/^[0-9a-f]{16}$/.test(step))
  return named.length === 0 ? '' : `; step ${named.join(', ')}`
}

/** What a run is about, in words; an attack's name has its seed, where that matters. */
function aboutOf(
  { models, layer, shown, seed, source, dataset, split, ofRuns }: Run,
  attack: string | undefined,
): string {
  const named = dataset === null ? null : `${dataset} ${split ?? ''}`.trim()
  const images = ofRuns.length > 0 ? `of ${ofRuns.join(', ')}` : (source ?? named)
  return [
    shown !== null && images !== null ? `${shown} ${images}` : undefined,
    models.join(', '),
    layer,
    attack,
    shown === null ? images : undefined,
    seed === null || attack !== undefined ? undefined : `seed ${seed}`,
  ]
    .filter((part) => part !== undefined && part !== null && part !== '')
    .join('; ')
}
