import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { AtomicFile } from './atomicFile.js'
import type { ReportContent } from './report/content.js'
import { page } from './report/page.js'

const file = (name: string) => readFileSync(new URL(`./report/${name}`, import.meta.url), 'utf8')

/**
 * Writes a report as one HTML file that needs no other; it is complete or absent. Gives its size in bytes.
 *
 * @param unfinished where the unfinished file goes
 */
export async function writeReport(
  path: string,
  content: ReportContent,
  unfinished = dirname(path),
): Promise<number> {
  const html = Buffer.from(page(content, file('style.css'), file('browser/page.js')))
  const written = await AtomicFile.create(path, unfinished)
  try {
    await written.write(html)
    await written.finish()
    written.publish()
  } catch (error) {
    await written.abort()
    throw error
  }
  return html.length
}
