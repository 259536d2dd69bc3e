/** Formats that photographs are read in. */
const READ = ['JPEG', 'PNG', 'WebP', 'GIF', 'TIFF', 'AVIF'] as const
export type PhotographFormat = (typeof READ)[number]
export const FORMATS: readonly PhotographFormat[] = READ

/** Some bytes at the beginning of a file; a `.` stands for any. */
const MAGIC: readonly (readonly [name: string, bytes: string])[] = [
  ['JPEG', '\xff\xd8\xff'],
  ['PNG', '\x89PNG\r\n\x1a\n'],
  ['WebP', 'RIFF....WEBP'],
  ['GIF', 'GIF8'],
  ['TIFF', 'II*\0'],
  ['TIFF', 'MM\0*'],
  ['TIFF', 'II+\0'],
  ['TIFF', 'MM\0+'],
  ['BMP', 'BM'],
  ['JPEG 2000', '\0\0\0\x0cjP  '],
  ['JPEG 2000', '\xff\x4f\xff\x51'],
  ['JPEG XL', '\0\0\0\x0cJXL '],
  ['JPEG XL', '\xff\x0a'],
  ['Photoshop', '8BPS'],
  ['Windows icon', '\0\0\x01\0'],
  ['PDF', '%PDF'],
  ['gzip', '\x1f\x8b'],
  ['zip', 'PK\x03\x04'],
]

/** What a file is by its first bytes, whatever it is called: one of FORMATS, another format's name, or undefined. */
export function formatOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1')
  if (head.startsWith('ftyp', 4)) return ofBrands(head)
  const known = MAGIC.find(([, magic]) =>
    Array.from(magic).every((byte, i) => byte === '.' || head[i] === byte),
  )
  if (known) return known[0]
  if (/^\s*<(\?xml[^]*<)?svg\b/i.test(head)) return 'SVG'
  if (/^\s*<(!doctype )?html\b/i.test(head)) return 'HTML'
  return undefined
}

/** Of the family of ISO's media files: its own brand, and those that it is compatible with. */
function ofBrands(head: string): string {
  const length = head.charCodeAt(2) * 256 + head.charCodeAt(3)
  const brands = [head.slice(8, 12), ...(head.slice(16, length).match(/[^]{4}/g) ?? [])]
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'AVIF'
  return brands.some((brand) => /^(he|mif1|msf1)/.test(brand)) ? 'HEIC' : 'video'
}
