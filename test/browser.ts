import { existsSync } from 'node:fs'
import axe from 'axe-core'
import { chromium, type Page } from 'playwright-core'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Chromium's file: of `CHROMIUM`, or where a system has it; undefined where there is none. */
export const CHROMIUM = [process.env['CHROMIUM'], ...CANDIDATES].find((path) => path && existsSync(path))

/** Why a test of a page is skipped: never where tests are run by a machine, which has to have it. */
export const skip =
  CHROMIUM || process.env['CI'] ? false : 'no Chromium: install it, or say with CHROMIUM where it is'

/** What a page did beside being shown. */
export interface Seen {
  readonly errors: string[]
  /** Requests for anything but the page itself and data within it. */
  readonly requests: string[]
}

/** Opens a file in Chromium for as long as `use` takes. */
export async function inBrowser(
  file: string,
  options: { width?: number; height?: number; dark?: boolean; touch?: boolean; script?: boolean },
  use: (page: Page, seen: Seen) => Promise<void>,
): Promise<void> {
  if (!CHROMIUM) throw new Error('no Chromium: install it, or say with CHROMIUM where it is')
  const { width = 1280, height = 900, dark = false, touch = false, script = true } = options
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  try {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      hasTouch: touch,
      javaScriptEnabled: script,
    })
    const page = await context.newPage()
    const seen: Seen = { errors: [], requests: [] }
    const url = new URL(`file://${file.split('/').map(encodeURIComponent).join('/')}`).href
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) seen.errors.push(message.text())
    })
    page.on('pageerror', (error) => seen.errors.push(error.message))
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) seen.requests.push(request.url())
    })
    await page.goto(url)
    await use(page, seen)
  } finally {
    await browser.close()
  }
}

/** What axe finds on a page that keeps people out: contrast, names, roles, tables. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html}`)
}
