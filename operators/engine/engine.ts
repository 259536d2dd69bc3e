import type { AdversarialRows } from './adversarialRows.js'
import { aim } from './aim.js'
import type { Attacker, AttackerEvents, EngineOptions } from './attacker.js'
import type { Classifier } from '../classifier.js'
import type { ImageBatch } from '../records/image.js'
import type { Queue } from './queue.js'
import { queueOf } from './queueOf.js'

/**
 * The searches of one attack in this thread: a round, one batched pass through the network for all of them, at
 * every turn of the event loop while there is work.
 *
 * A batch is classified, and its searches are queued, when fewer searches wait than are evaluated together.
 */
export class Engine implements Attacker {
  private readonly queue: Queue
  private readonly rowsOf: (batch: ImageBatch) => AdversarialRows
  private waiting: { readonly id: number; readonly batch: ImageBatch }[] = []
  private searched: { readonly id: number; readonly rows: AdversarialRows }[] = []
  private running = false
  private closed = false

  constructor(
    classifier: Classifier,
    options: EngineOptions,
    private readonly events: AttackerEvents,
  ) {
    this.rowsOf = aim(classifier, options.method, options.aim, options.search)
    this.queue = queueOf(classifier, options)
  }

  add(id: number, batch: ImageBatch): void {
    this.waiting.push({ id, batch })
    if (!this.running) void this.work()
  }

  close(): void {
    this.closed = true
    this.waiting = []
    this.searched = []
  }

  private async work(): Promise<void> {
    this.running = true
    try {
      while (this.waiting.length + this.searched.length > 0) {
        // lets new batches, results and an unsubscription through
        await new Promise(setImmediate)
        if (this.closed) return
        this.admit()
        if (this.queue.busy) this.queue.round()
        this.settle()
      }
    } catch (error) {
      if (this.closed) return
      this.close()
      this.events.failed(error)
    } finally {
      this.running = false
    }
  }

  private admit(): void {
    while (this.queue.backlog < this.queue.slots) {
      const next = this.waiting.shift()
      if (!next) return
      const rows = this.rowsOf(next.batch)
      this.queue.open(rows)
      this.searched.push({ id: next.id, rows })
      this.events.admitted(next.batch.index.length)
    }
  }

  private settle(): void {
    const complete = this.searched.filter(({ rows }) => rows.complete)
    if (complete.length === 0) return
    this.searched = this.searched.filter(({ rows }) => !rows.complete)
    for (const { id, rows } of complete) this.events.done(id, rows.batch, this.queue.stats)
  }
}
