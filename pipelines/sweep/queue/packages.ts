import { BlindspotError } from '../../../operators/errors.js'

/**
 * An optional package that queues need, loaded when the first one is opened.
 *
 * @throws BlindspotError `missing-package` where it is not installed
 * @example const { Queue } = await packageOf('bullmq', () => import('bullmq'))
 */
export async function packageOf<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const [why] = (error as Error).message.trim().split('\n')
    throw new BlindspotError(
      'missing-package',
      `queues of steps need the optional package ${name}, which cannot be loaded: npm install ${name} (${why})`,
      { cause: error },
    )
  }
}
