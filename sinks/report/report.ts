import { readFileSync } from 'node:fs'
import { within } from '../../sources/place.js'
import { disk } from '../../sources/store.js'
import { figureName } from '../grid/figureName.js'
import type { ReportContent, ReportPlot } from './content.js'
import { page } from './page.js'

const file = (name: string) => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')

/** Writes a report as one HTML file that needs no other; it is complete or absent. Gives its size in bytes. */
export async function writeReport(path: string, content: ReportContent): Promise<number> {
  const html = Buffer.from(page(content, file('style.css'), file('browser/page.js')))
  await disk.put(path, html)
  return html.length
}

/** Writes the panels of plots as SVG files, `FOLDER/PANEL-PLOT.svg`; gives their paths. */
export async function writePlots(folder: string, plots: readonly ReportPlot[]): Promise<readonly string[]> {
  const paths: string[] = []
  const taken = new Set<string>()
  for (const { id, panels } of plots) {
    for (const { file: network, svg } of panels) {
      const path = within(folder, `${figureName(network, id, taken)}.svg`)
      await disk.put(path, svg)
      paths.push(path)
    }
  }
  return paths
}
