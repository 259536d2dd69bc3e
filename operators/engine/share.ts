import type { Outlet } from '../flow/asyncOperator.js'
import type { Inbox } from '../flow/inbox.js'
import type { AdversarialBatch } from '../records/adversarial.js'
import type { ImageBatch } from '../records/image.js'
import type { Attacker, AttackerEvents } from './attacker.js'
import type { AttackStats } from './queue.js'
import { cut, joined } from './chunks.js'
import { Lane } from './lane.js'

/** Starts an attacker; within an attack the same function stands for the same attacker. */
export type Open = (events: AttackerEvents) => Attacker

export interface ShareOptions {
  /** Attackers for a batch, by the number of images so far, the batch's included. */
  readonly attackers: (images: number) => readonly Open[]
  /** Searches evaluated together by each attacker, by the number of values of an image; as many more may wait. */
  readonly slots: (values: number) => number
  /** Searches per image, about. */
  readonly searches: number
  /** Told after each batch what all attackers together have done. */
  readonly onStats?: ((stats: AttackStats) => void) | undefined
}

/** Images in a piece at most: small enough that several attackers end together. */
const MOST_IN_PIECE = 64
/**
 * What may be ahead of the oldest unfinished batch: a search can take ten times as long as most, and the others
 * should not wait for it. In bytes of images and rows, but no less than so many times what each attacker evaluates together.
 */
const AHEAD_BYTES = 2 ** 27
const LEAST_AHEAD = 4
/** Bytes that a pixel takes: in the source's batch, and in a row the original and the example, in float32. */
const PIXEL_BYTES = 12

/** A batch whose rows are on their way. */
interface Pending {
  /** Images of the batch that were sent. */
  sent: number
}

/**
 * Attacks a stream's batches by several attackers: cuts them, gives each piece to the attacker with room that has
 * least to do, and emits the joined rows of each batch in order.
 */
export async function share(
  batches: Inbox<ImageBatch>,
  out: Outlet<AdversarialBatch>,
  { attackers, slots, searches, onStats }: ShareOptions,
): Promise<void> {
  const lanes = new Map<Open, Lane>()
  const pending: Pending[] = []
  let images = 0
  let sent = 0
  let emitted: Promise<void> = Promise.resolve()
  let changed = (): void => undefined
  const closeAll = () => {
    for (const lane of lanes.values()) lane.close()
    changed()
  }
  const over = new Promise<void>((resolve) => out.signal.addEventListener('abort', () => resolve()))
  out.signal.addEventListener('abort', closeAll)
  const laneOf = (open: Open, room: number): Lane => {
    const lane = lanes.get(open) ?? new Lane(open, room, () => changed(), out.fail)
    lanes.set(open, lane)
    return lane
  }

  /** The attacker for the next piece of a batch, as soon as one has room; undefined when the stream is over. */
  async function next(among: readonly Lane[], batch: Pending, most: number): Promise<Lane | undefined> {
    while (!out.signal.aborted) {
      const [head] = pending
      const mayGo = batch === head || sent - head.sent < most
      const free = mayGo ? among.filter((lane) => lane.hasRoom) : []
      if (free.length > 0) return free.reduce((a, b) => (b.unfinished < a.unfinished ? b : a))
      await new Promise<void>((resolve) => (changed = resolve))
    }
    return undefined
  }

  for await (const batch of batches) {
    images += batch.index.length
    const open = attackers(images)
    const values = valuesIn(batch)
    const room = Math.ceil(slots(values) / searches)
    const among = open.map((one) => laneOf(one, room))
    const pieces = cut(batch, pieceOf(batch.index.length, among.length, room))
    const most = Math.max(LEAST_AHEAD * room * among.length, AHEAD_BYTES / (values * PIXEL_BYTES * searches))
    const rows: AdversarialBatch[] = []
    let missing = pieces.length
    let complete = (): void => undefined
    const all = new Promise<void>((resolve) => (complete = resolve))
    const own: Pending = { sent: 0 }
    pending.push(own)
    emitted = emitted
      .then(() => all)
      .then(() => out.emit(joined(rows)))
      .then(() => {
        onStats?.(total([...lanes.values()].flatMap(({ stats }) => stats ?? [])))
        sent -= own.sent
        pending.shift()
        changed()
      })
    for (const [i, piece] of pieces.entries()) {
      const lane = await next(among, own, most)
      if (!lane) return
      own.sent += piece.index.length
      sent += piece.index.length
      lane.send(piece, (part) => {
        rows[i] = part
        if (--missing === 0) complete()
      })
    }
  }
  await Promise.race([emitted, over])
}

/** Values of an image; also of a batch without any, whose attacker is told once how many searches there is room for. */
function valuesIn({ index, pixels, shape: [height, width, channels] }: ImageBatch): number {
  return index.length > 0 ? pixels.length / index.length : height * width * channels
}

/** Two pieces or more for each attacker, where the batch is large enough. */
function pieceOf(images: number, attackers: number, room: number): number {
  return Math.max(1, Math.min(MOST_IN_PIECE, room, Math.ceil(images / (2 * attackers))))
}

function total(stats: readonly AttackStats[]): AttackStats {
  const sum = (of: (one: AttackStats) => number) => stats.reduce((all, one) => all + of(one), 0)
  return {
    rounds: sum(({ rounds }) => rounds),
    evaluations: sum(({ evaluations }) => evaluations),
    slots: sum(({ slots }) => slots),
    seconds: {
      network: sum(({ seconds }) => seconds.network),
      search: sum(({ seconds }) => seconds.search),
    },
  }
}
