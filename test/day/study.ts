/** A stranger's study in code, as a module for any runtime: trains, attacks here and in threads, scores into a data set. */
export const STUDY = `
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, toArray } from 'rxjs'
import { attack, consume, loadClassifier, mnist, modelReference, openLake, score, train, useBackend } from 'blindspot'

export async function study() {
  const { name: backend } = await useBackend()
  const folder = mkdtempSync(join(tmpdir(), 'study-'))
  try {
    const model = await lastValueFrom(mnist('train', { limit: 500 }).pipe(train('FC20-10', { seed: 1 })))
    await model.save(join(folder, 'network'))
    const network = await loadClassifier(join(folder, 'network'))
    const attacked = (by) => lastValueFrom(mnist('test', { limit: 16 }).pipe(by, toArray()))
    const here = await attacked(attack(network))
    const inThreads = await attacked(attack(await modelReference(join(folder, 'network')), { workers: 1 }))
    const lake = await openLake(join(folder, 'results'))
    const writer = lake.writer('scores', { step: 'transfer' })
    await consume(mnist('test', { limit: 16 }).pipe(attack(network), score([network])), (batch) => writer.write(batch))
    await writer.close()
    const distortions = (batches) => JSON.stringify(batches.flatMap(({ distortion }) => [...distortion]))
    return {
      backend,
      rows: here.reduce((sum, { index }) => sum + index.length, 0),
      threadsAgree: distortions(here) === distortions(inThreads),
      files: (await lake.files()).length,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
`

/** Prints what the study comes to. */
export const RUN = `
import { study } from './study.mjs'
console.log(JSON.stringify(await study()))
`

/** The same as a test of jest and vitest, whose globals it uses. */
export const TEST = `
import { study } from './study.mjs'
test('study', async () => {
  const { rows, threadsAgree, files } = await study()
  expect({ rows, threadsAgree, files }).toEqual({ rows: 16, threadsAgree: true, files: 1 })
}, 600_000)
`

/** What a strict compiler is shown. */
export const TYPED = `
import { map, type Observable } from 'rxjs'
import { attack, loadClassifier, mnist, score, type ScoreBatch } from 'blindspot'

export async function transfer(from: string, to: string): Promise<Observable<number>> {
  const [source, victim] = [await loadClassifier(from), await loadClassifier(to)]
  return mnist('test', { limit: 8 }).pipe(
    attack(source, { goal: 'runner-up' }),
    score([victim]),
    map(({ error }: ScoreBatch) => error.length),
  )
}
`
