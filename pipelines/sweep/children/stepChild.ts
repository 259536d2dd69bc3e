// A child process that performs steps. It loads little before it ignores signals: they come at any time.
import { ignoreSignals } from './heedless.js'

ignoreSignals()
// who reads them may be gone before the step is committed
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)
const { obey } = await import('./childWork.js')
obey()
