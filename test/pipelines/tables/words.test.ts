import t from 'tap'
import { count, decimals, span } from '../../../pipelines/tables/words.js'

t.test('a span is from the least to the most, as they are printed', (t) => {
  const changes = [-0.27, 0.1, 0.11, -0.29].map((value) => decimals(value, 2, { sign: true }))
  t.equal(span(changes), '−0.29 to +0.11')
  t.equal(span([1024, 99, 20_000].map(count)), '99 to 20,000')
  t.equal(span(['7.1', '7.1']), '7.1')
  t.end()
})
