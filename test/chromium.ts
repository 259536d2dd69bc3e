import { existsSync } from 'node:fs'
import { chromium, type Browser, type Page } from 'playwright-core'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Chromium's file: of `CHROMIUM`, or where a system has it; undefined where there is none. */
export const CHROMIUM = [process.env['CHROMIUM'], ...CANDIDATES].find((path) => path && existsSync(path))

/** What a page did beside being shown. */
export interface Seen {
  readonly errors: string[]
  /** Requests for anything but the page itself and data within it. */
  readonly requests: string[]
}

export interface PageOptions {
  readonly width?: number
  readonly height?: number
  readonly dark?: boolean
  readonly touch?: boolean
  readonly script?: boolean
}

export async function launch(): Promise<Browser> {
  if (!CHROMIUM) throw new Error('no Chromium: install it, or say with CHROMIUM where it is')
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
}

/** Opens a file in a browser, as somebody who was never there before, for as long as `use` takes. */
export async function onPage(
  browser: Browser,
  file: string,
  { width = 1280, height = 900, dark = false, touch = false, script = true }: PageOptions,
  use: (page: Page, seen: Seen) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    hasTouch: touch,
    javaScriptEnabled: script,
  })
  try {
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
    await context.close()
  }
}
