// `npm run screenshot [REPORT]`: docs/report.png, a page as it opens.
import { resolve } from 'node:path'
import { inBrowser } from '../test/browser.js'

const [report = 'results/report.html'] = process.argv.slice(2)
await inBrowser(resolve(report), { height: 800 }, async (page) => {
  await page.screenshot({ path: 'docs/report.png' })
})
