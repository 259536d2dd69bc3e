import { Command } from 'commander'
import { attackCommand } from './attack.js'
import { compactCommand } from './compact.js'
import { evaluateCommand } from './evaluate.js'
import { exportCommand } from './export.js'
import { imagenetCommand } from './imagenet.js'
import { importCommand } from './import.js'
import { inspectCommand } from './inspect.js'
import { paperCommand } from './paper.js'
import { queryCommand } from './query.js'
import { rankCommand } from './rank.js'
import { reportCommand } from './report.js'
import { runsCommand } from './runs.js'
import { scoreCommand } from './score.js'
import { setupCommand } from './setup.js'
import { sweepCommand } from './sweep.js'
import { tableCommand } from './table.js'
import { trainCommand } from './train.js'
import { verifyCommand } from './verify.js'
import { workerCommand } from './worker.js'
import { rememberHelp } from './explain.js'
import { withOwnHelp } from './help.js'
import { sayTogether } from './together.js'
import { VERSION } from '../steps/provenance.js'

/** All commands; a wrong call is a `CommanderError`. */
export const program = new Command('blindspot')
  .description('Adversarial examples and directions of networks, streamed (Szegedy et al. 2013)')
  .version(VERSION)
  .showHelpAfterError('(--help says what there is)')
  .exitOverride()

const commands = [
  paperCommand,
  trainCommand,
  importCommand,
  inspectCommand,
  evaluateCommand,
  attackCommand,
  scoreCommand,
  rankCommand,
  imagenetCommand,
  sweepCommand,
  workerCommand,
  queryCommand,
  runsCommand,
  reportCommand,
  tableCommand,
  exportCommand,
  verifyCommand,
  compactCommand,
  setupCommand,
]
for (const command of commands) {
  const one = command().copyInheritedSettings(program)
  for (const part of one.commands) part.copyInheritedSettings(program)
  program.addCommand(one)
}
withOwnHelp(program)
rememberHelp(program)
sayTogether(program)
