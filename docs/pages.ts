import { format, resolveConfig } from 'prettier'
import { cli } from './cli.js'
import { dataSet } from './dataSet.js'

/** The pages of this folder that are made from code, by their names. */
const PAGES = { 'cli.md': cli, 'data-set.md': dataSet } as const
export type PageName = keyof typeof PAGES
export const PAGE_NAMES = Object.keys(PAGES) as PageName[]

/** A page's text, formatted as all others are. */
export async function page(name: PageName): Promise<string> {
  const filepath = `docs/${name}`
  return format(PAGES[name](), { ...(await resolveConfig(filepath)), filepath })
}
