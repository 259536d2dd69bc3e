import { concat, NEVER, of } from 'rxjs'
import t from 'tap'
import { stream } from '../../operators/flow/stream.js'
import { writeAll, type Writer } from '../../sinks/writer.js'

/** Notes what is asked of it; a negative number is refused, and so is the end after a zero. */
class Noted implements Writer<number, string> {
  readonly said: string[] = []

  write(value: number): Promise<void> {
    this.said.push(`write ${value}`)
    return value < 0 ? Promise.reject(new Error('refused')) : Promise.resolve()
  }

  close(): Promise<string> {
    const isBad = this.said.includes('write 0')
    this.said.push('close')
    return isBad ? Promise.reject(new Error('the disk is full')) : Promise.resolve('written')
  }

  abort(): Promise<void> {
    this.said.push('abort')
    return Promise.resolve()
  }
}

t.test('a stream is written and closed, or nothing is left', async (t) => {
  const whole = new Noted()
  t.equal(await writeAll(whole, of(1, 2)), 'written')
  t.same(whole.said, ['write 1', 'write 2', 'close'])

  const broken = stream(function* () {
    yield 1
    throw new Error('the source broke')
  })
  const interrupt = new AbortController()
  const failures: [values: Parameters<typeof writeAll<number, string>>[1], says: RegExp, said: string[]][] = [
    [of(1, -1, 2), /refused/, ['write 1', 'write -1', 'abort']],
    [of(0), /the disk is full/, ['write 0', 'close', 'abort']],
    [broken, /broke/, ['write 1', 'abort']],
    [concat(of(1), NEVER), /stop/, ['write 1', 'abort']],
  ]
  for (const [values, message, said] of failures) {
    const writer = new Noted()
    const written = writeAll(writer, values, { signal: interrupt.signal })
    if (String(message) === '/stop/') setImmediate(() => interrupt.abort(new Error('stop')))
    await t.rejects(written, { message })
    t.same(writer.said, said)
  }
})
