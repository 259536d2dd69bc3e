import { parentPort } from 'node:worker_threads'
import { objectStore } from '../../sources/objects/objectStore.js'

/** A lock that is renewed from now on, or without `text` no longer. */
export interface ObjectBeat {
  readonly place: string
  readonly text?: string
}

/** Milliseconds between two beats. */
const BEAT = 3000

const store = objectStore()
const texts = new Map<string, string>()
let beats = 0
/** What is being written. */
let writing: Promise<unknown> = Promise.resolve()

parentPort?.on('message', ({ place, text }: ObjectBeat) => {
  if (text !== undefined) {
    texts.set(place, text)
    return
  }
  texts.delete(place)
  void writing.then(() => parentPort?.postMessage(place))
})

setInterval(() => {
  writing = writing.then(async () => {
    beats++
    for (const [place, text] of [...texts]) {
      if (!texts.has(place)) continue
      const renewed = JSON.stringify({ ...(JSON.parse(text) as object), beats })
      // what cannot be written now is written at the next beat; who holds the lock sees it in the commits
      await store.put(place, renewed).catch(() => undefined)
    }
  })
}, BEAT)
