// Removes from dist/ what an earlier build made of a source that is there no more: it would be imported, tested and packed.
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const MADE = /(\.d\.ts|\.js\.map|\.js|\.wasm|\.css)$/
const OF = ['.ts', '.tsx', '.css']

function clean(folder) {
  for (const entry of readdirSync(join('dist', folder), { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) clean(path)
    else if (MADE.test(path) && !OF.some((ending) => existsSync(path.replace(MADE, ending))))
      rmSync(join('dist', path))
  }
  if (readdirSync(join('dist', folder)).length === 0) rmdirSync(join('dist', folder))
}

clean('')
