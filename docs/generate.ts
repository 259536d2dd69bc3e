// `npm run docs`: writes the pages that are made from code.
import { writeFileSync } from 'node:fs'
import { page, PAGE_NAMES } from './pages.js'

for (const name of PAGE_NAMES) writeFileSync(`docs/${name}`, await page(name))
