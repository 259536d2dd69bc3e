import t from 'tap'
import { BlindspotError } from '../../operators/errors.js'

t.test('a message that quotes a file cannot command a terminal', (t) => {
  const { message } = new BlindspotError('bad-data', 'a\0\u001b[2J\r\u009b\u007f\n\té日b')
  t.equal(message, 'a\\x00\\x1b[2J\\x0d\\x9b\\x7f\n\té日b')
  t.end()
})
