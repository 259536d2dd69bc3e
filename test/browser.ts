import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import { CHROMIUM, launch, onPage, type PageOptions, type Seen } from './chromium.js'

/** Why a test of a page is skipped: never where tests are run by a machine, which has to have it. */
export const skip =
  CHROMIUM || process.env['CI'] ? false : 'no Chromium: install it, or say with CHROMIUM where it is'

/** One for all pages of a file of tests. */
let launched: Promise<Browser> | undefined
t.teardown(async () => (await launched)?.close())

/** Opens a file in Chromium, as somebody who was never there before, for as long as `use` takes. */
export async function inBrowser(
  file: string,
  options: PageOptions,
  use: (page: Page, seen: Seen) => Promise<void>,
): Promise<void> {
  await onPage(await (launched ??= launch()), file, options, use)
}

/** What axe finds on a page that keeps people out: contrast, names, roles, tables. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { run } = (globalThis as unknown as { axe: typeof axe }).axe
    const { violations } = await run({ resultTypes: ['violations'] })
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html}`)
  })
}
