import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AtomicFile } from './atomicFile.js'
import { figureName } from './figureName.js'
import type { ReportContent, ReportPlot } from './report/content.js'
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
  unfinished?: string,
): Promise<number> {
  return write(path, page(content, file('style.css'), file('browser/page.js')), unfinished)
}

/** Writes the panels of plots as SVG files, `FOLDER/PANEL-PLOT.svg`; gives their paths. */
export async function writePlots(folder: string, plots: readonly ReportPlot[]): Promise<readonly string[]> {
  const paths: string[] = []
  for (const { id, panels } of plots) {
    for (const { model, svg } of panels) {
      const path = join(folder, `${figureName(model, id)}.svg`)
      await write(path, svg)
      paths.push(path)
    }
  }
  return paths
}

async function write(path: string, text: string, unfinished = dirname(path)): Promise<number> {
  const bytes = Buffer.from(text)
  const written = await AtomicFile.create(path, unfinished)
  try {
    await written.write(bytes)
    await written.finish()
    written.publish()
  } catch (error) {
    await written.abort()
    throw error
  }
  return bytes.length
}
