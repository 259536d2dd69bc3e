import type { Classifier } from '../operators/classifier.js'
import { stream } from '../operators/flow/stream.js'
import { gaussianNoise } from '../operators/gaussianNoise.js'
import { score } from '../operators/score.js'
import { loadClassifier } from '../operators/tensor/loadClassifier.js'
import { readExamples } from '../sources/records.js'
import type { Experiment, ResultTable } from './experiment.js'
import { NOISE } from './published.js'
import { scoreInto, stepOf } from './scoreInto.js'
import type { SourceExamples } from './table1.js'
import { distortionsOf } from './table1Format.js'
import { countErrors, formatTable2, type Table2Row } from './table2Format.js'

/**
 * Table 2: every network's error on the examples made for every network, read back from their files, and on
 * Gaussian noise of the same images.
 */
export async function table2(
  experiment: Experiment,
  sources: readonly SourceExamples[],
): Promise<ResultTable> {
  const models: Classifier[] = []
  try {
    for (const { name, model } of sources) models.push(await loadClassifier(model.folder, { name }))
    const rows: Table2Row[] = []
    for (const source of sources) rows.push(await adversarialRow(experiment, source, models))
    for (const stddev of NOISE) rows.push(await noiseRow(experiment, stddev, models))
    return formatTable2(
      rows,
      models.map(({ name }) => name),
      experiment,
    )
  } finally {
    for (const model of models) model.dispose()
  }
}

const hashes = (models: readonly Classifier[]) => models.map(({ name, weightsHash }) => [name, weightsHash])

async function adversarialRow(
  experiment: Experiment,
  { name, files }: SourceExamples,
  models: readonly Classifier[],
): Promise<Table2Row> {
  const { lake, limit, provenance } = experiment
  const scored: string[] = []
  for (const { path, sha256 } of files) {
    const file = await scoreInto(
      lake,
      {
        label: `score ${name}`,
        scores: stream(() => readExamples(path)).pipe(score(models)),
        what: { examples: sha256, models: hashes(models) },
        partition: name,
        provenance,
      },
      experiment,
    )
    scored.push(file.path)
  }
  const { samples, distortion } = await distortionsOf(
    files.map(({ path }) => path),
    limit,
  )
  return { name, distortion: distortion.value, cells: await countErrors(scored, { samples }) }
}

async function noiseRow(
  experiment: Experiment,
  stddev: number,
  models: readonly Classifier[],
): Promise<Table2Row> {
  const { lake, seed, images, provenance } = experiment
  const count = Math.min(experiment.limit, images.count)
  const name = `gaussian ${stddev}`
  const what = { stddev, seed, clip: false, images: images.selection, models: hashes(models) }
  const files = () => lake.files({ table: 'scores', step: stepOf(what) })
  const done = Number(files().at(-1)?.metadata['images'] ?? 0)
  if (done < count) {
    // a larger limit adds the images that are new
    await scoreInto(
      lake,
      {
        label: `score ${name}`,
        scores: images.open(done, count - done).pipe(gaussianNoise(stddev, { seed }), score(models)),
        what,
        total: (count - done) * models.length,
        partition: name,
        provenance,
        part: files().length,
        metadata: { images: count },
      },
      experiment,
    )
  }
  const paths = files().map(({ path }) => path)
  return { name, distortion: stddev, cells: await countErrors(paths, { first: count }) }
}
