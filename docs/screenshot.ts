// `npm run screenshot [REPORT]`: docs/report.png, a page as it opens.
import { resolve } from 'node:path'
import { launch, onPage } from '../test/chromium.js'

const [report = 'results/report.html'] = process.argv.slice(2)
const browser = await launch()
await onPage(browser, resolve(report), { height: 800 }, async (page) => {
  await page.screenshot({ path: 'docs/report.png' })
})
await browser.close()
