import { attack, consume, loadClassifier, mnist, openLake, score, useBackend } from 'blindspot'

/** Attacks a model on test images, shows the examples to another, and writes the scores as Parquet. */
export async function transfer(source: string, victim: string, out: string): Promise<void> {
  await useBackend()
  const [from, to] = [await loadClassifier(source), await loadClassifier(victim)]
  const lake = await openLake(out)
  const scores = lake.writer('scores', {
    step: 'transfer',
    partition: { shown: 'adversarial' }, // the folder that the table's files of commands have
    provenance: { source, victim },
  })
  await consume(mnist('test', { limit: 256 }).pipe(attack(from), score([from, to])), (batch) =>
    scores.write(batch),
  )
  await scores.close()
}
