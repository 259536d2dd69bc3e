import { BlindspotError } from '../../../operators/errors.js'
import { storeOf } from '../../../sources/store.js'
import { checkSweep, type CheckedSweep } from './sweepSpec.js'

/** The folder of a data set that has its sweeps. */
const FOLDER = 'sweeps'

const anySize = () => undefined

/** What a sweep is called. */
export const nameOf = ({ name = 'sweep' }: Pick<CheckedSweep, 'name'>): string => name

/** The file of a data set that a sweep is in. */
export const savedAs = (spec: Pick<CheckedSweep, 'name'>): string => `${FOLDER}/${nameOf(spec)}.json`

/** Notes in a data set which sweep it is of, in place of an earlier one of that name: for who asks how it stands. */
export async function saveSweep(folder: string, spec: CheckedSweep): Promise<void> {
  const store = storeOf(folder)
  const [file, text] = [savedAs(spec), `${JSON.stringify(spec, null, 2)}\n`]
  if ((await store.text(file, anySize)) !== text) await store.put(file, text)
}

/**
 * The sweeps that a data set notes.
 *
 * @throws BlindspotError `bad-data` for a file that is none
 */
export async function savedSweeps(folder: string): Promise<readonly CheckedSweep[]> {
  const store = storeOf(folder)
  const names = ((await store.list(FOLDER)) ?? [])
    .map(({ name }) => name)
    .filter((name) => name.endsWith('.json'))
  return Promise.all(
    names.map(async (name) => {
      const file = `${FOLDER}/${name}`
      try {
        return checkSweep(JSON.parse((await store.text(file, anySize)) ?? ''), '')
      } catch (cause) {
        throw new BlindspotError(
          'bad-data',
          `${store.place(file)} is no sweep: ${(cause as Error).message}; delete it, and the next run writes it again`,
          { cause },
        )
      }
    }),
  )
}
