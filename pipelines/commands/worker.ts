import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import { folder, interrupt, number, print, whole, type CommonOptions } from './command.js'
import { requeued } from './requeue.js'
import { say } from './outputs.js'

interface Options extends Pick<CommonOptions, 'json'> {
  readonly queue: string
  readonly workers?: number
  readonly dir?: string
  readonly lease: number
}

/** `blindspot worker`: performs the steps of a queue. */
export function workerCommand(): Command {
  return new Command('worker')
    .description(
      'perform the steps that blindspot sweep run --queue puts into a queue, until it is ended; as many on as many machines as one likes',
    )
    .addOption(
      new Option(
        '--queue <url>',
        'redis://, rediss:// (TLS) or postgres://, with USER:PASSWORD@ where it asks for them',
      )
        .env('BLINDSPOT_QUEUE')
        .makeOptionMandatory(),
    )
    .option(
      '--workers <n>',
      'steps at once, each in a process of one thread (default: one per core)',
      whole(1),
    )
    .option('--dir <dir>', 'the data set, where this machine has it at another path than the sweep', folder)
    .option(
      '--lease <seconds>',
      'after so long a step of a worker that is not heard of is given to another',
      number(),
      30,
    )
    .option('--json', 'print the steps that are begun and ended as JSON, a line each')
    .action(act)
}

async function act(options: Options): Promise<void> {
  const { queue, workers = availableParallelism(), dir, lease } = options
  const { parseQueueUrl } = await import('../sweep/queue/queueUrl.js')
  const { work } = await import('../sweep/queue/work.js')
  const { place } = parseQueueUrl(queue)
  await work(queue, {
    ...{ workers, folder: dir, lease: lease * 1000, signal: interrupt.signal },
    onReady: () => void say(`waiting for steps from ${place}, ${workers} at once; Ctrl-C ends it`),
    onBegin: ({ id, step }) => print(options, { kind: 'begun', id, step: step.name }, `begun ${step.name}`),
    onEnd: ({ id, step }, outcome) =>
      print(
        options,
        { ...outcome, id, step: step.name },
        `${outcome.kind} ${step.name}${'message' in outcome ? `: ${outcome.message}` : ''}`,
      ),
  })
  if (interrupt.signal.aborted && !requeued()) interrupt.signal.throwIfAborted()
}
