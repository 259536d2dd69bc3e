import type { Found } from './lockFile.js'
import type { Fate } from './owner.js'

/** Files that are watched, since nothing else tells whether their owners live. */
export class Watch {
  /** When a file was first seen, by its key, in milliseconds of this process' own clock. */
  private readonly seen = new Map<string, number>()
  private readonly keys = new Map<string, string>()

  /** `alive` when the owner renews it, `gone` when nobody has for its patience. */
  fate({ key, token, patience }: Found): Fate {
    const name = token ?? key.split(' ', 2).join(' ')
    const before = this.keys.get(name)
    this.keys.set(name, key)
    if (before !== undefined && before !== key) {
      this.seen.delete(before)
      return 'alive'
    }
    const now = performance.now()
    const since = this.seen.get(key) ?? now
    this.seen.set(key, since)
    return now - since < patience ? 'unknown' : 'gone'
  }
}
