import t from 'tap'
import { Bracket } from '../../../operators/minimize/bracket.js'
import { penalties } from '../../../operators/minimize/penalty.js'
import { Vectors } from '../../../operators/minimize/vectors.js'

t.test('the certificates count every c that was tried, of before a restart too', (t) => {
  const vectors = new Vectors(4, 0, 1)
  const bracket = new Bracket(vectors, penalties.squared)
  const x = vectors.allocate()
  const tried = (success: boolean, logC: number) =>
    bracket.record(success, logC, { loss: 1, margin: success ? 1 : -1, probability: 0.4 }, x, x)
  const certificates = () => [bracket.monotone, Number(bracket.certified.toFixed(6))]

  bracket.reset()
  tried(false, 0.5)
  t.same(certificates(), [true, NaN], 'no c fooled')
  tried(true, -0.5)
  t.same(certificates(), [true, 1])
  tried(false, 0)
  t.same(certificates(), [true, 0.5], 'the least failure above')

  bracket.restart()
  t.equal(bracket.closed, false, 'both ends are forgotten')
  tried(true, 0.2)
  t.same(certificates(), [false, 0.3], 'a failure below, the least above is of before')

  bracket.reset()
  tried(true, 0.2)
  t.same(certificates(), [true, NaN], 'nothing of the search before')
  t.end()
})
