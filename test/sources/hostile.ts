/** Parquet files that are small and would be large, or that hold nothing. */

const from = (text: string) => Buffer.from(text, 'base64')

/** `index` and `target`, int32, without rows, by pyarrow 26: `write_table`, with a row group whose columns are nowhere. */
export const EMPTY_GROUP = from(
  'UEFSMRUEFQAVAEwVABUAEgAAFQQVABUATBUAFQASAAAVBBk8NQAYBnNjaGVtYRUEABUCJQIYBWluZGV4ABUCJQIYBnRhcmdldAAWABkcGSwmABwVAhklAAYZGAVpbmRleBUAFgAWHBYcJgAmCCkcFQQVABUCAAAAJgAcFQIZJQAGGRgGdGFyZ2V0FQAWABYcFhwmACYkKRwVBBUAFQIAAAAWOBYAJggWOAAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGSwcAAAcAAAAtQAAAFBBUjE=',
)
/** The same by its `ParquetWriter`, without a row group. */
export const NO_GROUP = from(
  'UEFSMRUEGTw1ABgGc2NoZW1hFQQAFQIlAhgFaW5kZXgAFQIlAhgGdGFyZ2V0ABYAGQwoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGSwcAAAcAAAAWQAAAFBBUjE=',
)
/** One list of 300 million zeros. */
export const LONG_LIST = from(
  'UEFSMRUEFQgVGkwVAhUAEgAAKLUv/SAEIQAAAAAAABUAFToVTCwVgIyNngIVEBUGFQYcGAQAAAAAGAQAAACAFgAoBAAAAAAYBAAAAIAREQAAACi1L/0gHekAAAgAAAAD/vCLjZ4CAQYAAACAjI2eAgMBgIyNngIAFQQZTDUAGAZzY2hlbWEVAgA1AhgBdhUCFQZMPAAAADUEGARsaXN0FQIAFQglAhgHZWxlbWVudAAWAhkcGRwmABwVCBk1AAYQGTgBdgRsaXN0B2VsZW1lbnQVDBaAjI2eAhbEARboASY+JggcGAQAAAAAGAQAAACAFgAoBAAAAAAYBAAAAIAREQAZLBUEFQAVAgAVABUQFQIAPCkmAv6LjZ4CGUYAAACAjI2eAgAAABbEARYCJggW6AEAGRwYDEFSUk9XOnNjaGVtYRjgAS8vLy8vNkFBQUFBUUFBQUFBQUFLQUF3QUJnQUZBQWdBQ2dBQUFBQUJCQUFNQUFBQUNBQUlBQUFBQkFBSUFBQUFCQUFBQUFFQUFBQVVBQUFBMVAvLy93QUFBUXdVQUFBQUhBQUFBQVFBQUFBQkFBQUFKQUFBQUFFQUFBQjJBQUFBQkFBRUFBUUFBQUFRQUJRQUNBQUdBQWNBREFBQUFCQUFFQUFBQUFBQUFRTVFBQUFBSEFBQUFBUUFBQUFBQUFBQUJBQUFBR2wwWlcwQUFBWUFDQUFHQUFZQUFBQUFBQUVBABggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZHBwAAADWAQAAUEFSMQ==',
)
/** 100,000 times the same text of 1 MB. */
export const LONG_TEXTS = from(
  'UEFSMRUEFYiJehVsTBUCFQASAAAotS/9gEhEQg8AbAAAKEBCDwB4AQD4/znQAgIAEHgCABB4AgAQeAIAEHgCABB4AgAQeCMSCngVABUaFSwsFcC4AhUQFQYVBhw2AAAAACi1L/0gDWkAAAQAAADAuAIBAcC4AgAVABUaFSwsFcC4AhUQFQYVBhw2AAAAACi1L/0gDWkAAAQAAADAuAIBAcC4AgAVABUaFSwsFcC4AhUQFQYVBhw2AAAAACi1L/0gDWkAAAQAAADAuAIBAcC4AgAVABUaFSwsFcC4AhUQFQYVBhw2AAAAACi1L/0gDWkAAAQAAADAuAIBAcC4AgAVABUaFSwsFcC4AhUQFQYVBhw2AAAAACi1L/0gDWkAAAQAAADAuAIBAcC4AgAVABUaFSwsFcC4AhUQFQYVBhw2AAAAACi1L/0gDWkAAAQAAADAuAIBAcC4AgAVBBksNQAYBnNjaGVtYRUCABUMJQIYAXMlAEwcAAAAFsCaDBkcGRwmABwVDBk1AAYQGRgBcxUMFsCaDBaQjHoWzgQmlAEmCBw2AAAZLBUEFQAVAgAVABUQFQoAPBaAoLeH6QUZBhkmAMCaDAAAABaQjHoWwJoMJggWzgQAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAKQAAABQQVIx',
)

/** A Parquet file of a footer alone. */
export function withFooter(footer: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')])
}

/** A Thrift struct whose field 2 is a list of `size` items, `item` each. */
export function structWithList(element: number, size: number, item: Uint8Array): Buffer {
  const count: number[] = []
  for (let rest = size; ; rest = Math.floor(rest / 128)) {
    count.push(rest > 127 ? (rest % 128) | 128 : rest)
    if (rest <= 127) break
  }
  const items = Buffer.alloc(size * item.length, item)
  return Buffer.concat([Uint8Array.of(0x29, 0xf0 | element, ...count), items, Uint8Array.of(0)])
}

/** A Zstandard frame of so many blocks of 128 kB of zeros. */
export function zeros(blocks: number): Buffer {
  const block = (last: boolean) => {
    const head = Buffer.alloc(4)
    head.writeUIntLE(((2 ** 17) << 3) | (1 << 1) | Number(last), 0, 3)
    return head
  }
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x38])
  return Buffer.concat([frame, ...Array.from({ length: blocks }, (_, i) => block(i === blocks - 1))])
}
