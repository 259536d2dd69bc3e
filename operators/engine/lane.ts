import type { AdversarialBatch } from '../records/adversarial.js'
import type { ImageBatch } from '../records/image.js'
import type { AttackStats } from './queue.js'
import type { Attacker, AttackerEvents } from './attacker.js'

/** One attacker among several that share a stream. */
export class Lane {
  /** Images sent and not yet done. */
  unfinished = 0
  /** What the attacker has done, as it last told. */
  stats: AttackStats | undefined
  private readonly attacker: Attacker
  private readonly sent = new Map<number, { readonly images: number; readonly done: Done }>()
  private last = 0

  /**
   * @param room images that may wait at the attacker, beside those in work
   * @param changed called when there is more room
   */
  constructor(
    open: (events: AttackerEvents) => Attacker,
    private room: number,
    changed: () => void,
    failed: (error: unknown) => void,
  ) {
    this.attacker = open({
      admitted: (images) => {
        this.room += images
        changed()
      },
      done: (id, rows, stats) => {
        this.stats = stats
        const { images = 0, done } = this.sent.get(id) ?? {}
        this.sent.delete(id)
        this.unfinished -= images
        done?.(rows)
      },
      failed,
    })
  }

  get hasRoom(): boolean {
    return this.room > 0
  }

  send(batch: ImageBatch, done: Done): void {
    const images = batch.index.length
    this.room -= images
    this.unfinished += images
    this.sent.set(++this.last, { images, done })
    this.attacker.add(this.last, batch)
  }

  close(): void {
    this.attacker.close()
  }
}

type Done = (rows: AdversarialBatch) => void
