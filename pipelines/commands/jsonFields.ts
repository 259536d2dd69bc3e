import { TABLES } from '../../operators/records/tables.js'

/** What a field holds. */
export type JsonType =
  'text' | 'texts' | 'count' | 'number' | 'yes or no' | 'estimate' | 'object' | 'objects' | 'any'

export interface JsonField {
  readonly type: JsonType
  /** Whether it can be null, or is not there. */
  readonly optional?: boolean
  /** What it says. */
  readonly text: string
}

/** A kind of line that a command prints with `--json`. */
export interface JsonLine {
  /** The command's name, with that of its part. */
  readonly command: string
  /** What there is a line of. */
  readonly of: string
  readonly fields: Readonly<Record<string, JsonField>>
}

const field = (type: JsonType, text: string): JsonField => ({ type, text })
const maybe = (type: JsonType, text: string): JsonField => ({ type, text, optional: true })

/** The columns of a table, as fields. */
const columnsOf = (table: 'models', types: Readonly<Record<string, JsonType>>) =>
  Object.fromEntries(
    TABLES[table].columns.map(({ name, sentence }) => [name, maybe(types[name] ?? 'number', sentence)]),
  )

const model = field('text', 'name of the network')
const files = field('texts', 'the Parquet files with the rows')
const unreadable = field('count', 'images that could not be read')
const report = field(
  'object',
  'the page: `file`, `bytes`, `figures`, `verdicts`, `missing`; or the `reason` why there is none',
)
const results = {
  folder: field('text', 'the data set'),
  files: field('texts', 'CSV and Markdown files of the tables'),
  figures: field('texts', 'PNG files'),
  report,
  rows: field('object', 'rows of each table of the data set'),
  seconds: field('number', 'that it took'),
  peak_memory_mb: field('number', 'of this process'),
}
const lines = (name: string) => field('objects', `the lines of \`tables/${name}.csv\``)
const named = (...names: readonly (readonly [key: string, file: string])[]) =>
  Object.fromEntries(names.map(([key, file]) => [key, lines(file)]))
const standing = {
  steps: field('count', 'in all'),
  done: field('count', 'of them'),
  running: field('count', 'here or elsewhere'),
  failed: field('count', 'of them'),
  blocked: field('count', 'kept back by those that failed'),
}
const step = {
  name: field('text', 'of the step'),
  kind: field('text', 'of the step: `train`, `attack`, …'),
  state: field('text', '`done`, `ready`, `waiting`, `elsewhere`, `failed`, `blocked`'),
  id: maybe('text', 'the step’s identity, where it is known already'),
  owner: maybe('text', 'who is at it'),
  failure: maybe('object', '`message` and `attempt` of one that failed'),
  seconds: maybe('number', 'that it took, or is to be expected to take'),
}

/** Every line that commands print with `--json`: a test holds what they print to it, and docs/cli.md is made of it. */
export const JSON_LINES: readonly JsonLine[] = [
  {
    command: 'paper',
    of: 'the run',
    fields: {
      ...named(['table1', 'table1'], ['table2', 'table2'], ['table3', 'table3'], ['table4', 'table4']),
      ...named(['purity', 'purity'], ['entropy', 'entropy'], ['accuracy', 'accuracy']),
      ...results,
      arrow: field('texts', 'the tables as Arrow, where `--arrow` asks for them'),
    },
  },
  {
    command: 'train',
    of: 'the network: its row of the table models',
    fields: {
      kind: field('text', '`model`'),
      ...columnsOf('models', {
        ...{ run: 'text', model: 'text', architecture: 'text', configuration: 'text', activation: 'text' },
        ...{ dataset: 'text', split: 'text', backend: 'text', weights_hash: 'text', data_hash: 'text' },
        ...{ decay: 'text', depth: 'count', width: 'count', images: 'count', test_images: 'count' },
      }),
    },
  },
  {
    command: 'import',
    of: 'the network',
    fields: {
      model,
      architecture: field('text', 'of the network'),
      file: field('text', 'that the weights were in'),
      bytes: field('count', 'of the file'),
      sha256: field('text', 'of the file'),
      parameters: field('count', 'of the network'),
    },
  },
  {
    command: 'evaluate',
    of: 'a network',
    fields: {
      model,
      path: field('text', 'where it was loaded from'),
      images: field('count', 'that could be read'),
      errors: field('count', 'images whose class is not the label'),
      unreadable,
      error: field('estimate', 'share of the images'),
    },
  },
  {
    command: 'attack',
    of: 'a run: a network, method and seed',
    fields: {
      run: field('text', 'as in the rows'),
      source_model: field('text', 'the network'),
      method: field('text', '`l-bfgs`, `deepfool` or `ddn`'),
      goal: field('text', 'which wrong class'),
      options: field('text', 'what is not as usual'),
      seed: field('number', 'of the random targets'),
      accuracy: field(
        'objects',
        'accuracy within budgets: `norm`, `epsilon`, images that are `correct`, their share as the estimate `accuracy`',
      ),
      success: field('count', 'rows that fool'),
      failed: field('count', 'rows without an example'),
      skipped: field('count', 'rows that the network gets wrong anyway'),
      images: field('count', 'attacked: of some goals an image has several rows'),
      non_finite: field('count', 'rows that failed since the network gave NaN or Infinity'),
      success_rate: field('estimate', 'share of the attacked rows that fool'),
      distortion: field('estimate', 'mean RMS of those'),
      relative: maybe('number', 'mean of ‖r‖₂/‖x‖₂'),
      survived: maybe('object', 'of images in fewer bytes: `payload`, `examples`, `images`, `fooling`'),
      files,
      unreadable,
    },
  },
  {
    command: 'score',
    of: 'what was shown, and a network',
    fields: {
      run: field('text', 'the attack’s, or the scoring’s of noise and clean images'),
      source_model: field('text', 'the network that the examples were made for'),
      kind: field('text', 'of what was shown'),
      method: field('text', 'of the attack'),
      goal: field('text', 'of the attack'),
      options: field('text', 'of the attack: what is not as usual'),
      stddev: maybe('number', 'of noise, or RMS of amplified examples'),
      clip: field('yes or no', 'whether it was cut to the box'),
      quality: maybe('number', 'of the JPEG'),
      seed: maybe('number', 'of the noise'),
      model,
      rows: field('count', 'shown'),
      images: field('count', 'shown'),
      errors: field('count', 'rows whose class is not the label'),
      clean_rows: field('count', 'rows of images that the network gets right when clean'),
      clean_images: field('count', 'their images'),
      clean_errors: field('count', 'their errors'),
      aimed: field('count', 'rows with a target'),
      aimed_images: field('count', 'their images'),
      hits: field('count', 'rows that are taken for their target'),
      error: field('estimate', 'share of the rows'),
      clean_error: field('estimate', 'share of the clean rows'),
      reached: field('estimate', 'share of the aimed rows that are hits'),
    },
  },
  {
    command: 'rank',
    of: 'the run',
    fields: {
      coherence: field(
        'objects',
        'of a basis, end and k: `purity`, `entropy` and the shares beyond the null',
      ),
      differences: field('objects', 'units less another basis'),
      represented: field('objects', 'a basis less the better of its controls'),
      verdict: maybe('object', '`state`, `sentence` and `rule`'),
      unreadable,
      files,
      figures: field('texts', 'PNG files'),
    },
  },
  {
    command: 'imagenet',
    of: 'the run',
    fields: {
      ...named(['photographs', 'photographs'], ['transfer', 'transfer'], ['survival', 'survival']),
      ...named(['attacks', 'attacks'], ['accuracy', 'accuracy']),
      ...named(['purity', 'purity'], ['entropy', 'entropy']),
      ...results,
      unreadable,
    },
  },
  {
    command: 'inspect',
    of: 'a network',
    fields: {
      name: field('text', 'of the network'),
      file: field('text', 'its model.json'),
      format: field('text', '`layers` or `graph`'),
      classes: field('count', 'that it tells apart'),
      input_shape: field('any', 'of one input'),
      box: field('any', 'least and largest value of a pixel'),
      preprocess: field('object', '`from`, `scale`, `offset`, `channel_order`, `layout`'),
      framing: maybe('object', 'how photographs become its inputs'),
      layers: field('objects', '`name`, `kind`, `activation`, `shape`, `parameters` of each'),
      parameters: field('count', 'in all'),
      left_out: field('objects', 'what is stripped or folded, and why'),
      warnings: field('texts', 'what makes it give NaN or Infinity, for which it cannot be loaded'),
      fast: field('object', '`dense`: whether it is evaluated by the written-out pass, else `why` not'),
      weights_hash: field('text', 'of the weights and what is done to images'),
    },
  },
  {
    command: 'runs',
    of: 'a run',
    fields: {
      run: field('text', 'as in the rows'),
      kind: field('text', 'of its step: `train`, `attack`, …'),
      models: field('texts', 'the networks it is of'),
      layer: maybe('text', 'that was ranked'),
      shown: maybe('text', 'what was shown'),
      method: maybe('text', 'of the attack'),
      goal: maybe('text', 'of the attack'),
      seed: maybe('number', 'of its random choices'),
      source: maybe('text', 'of the images'),
      dataset: maybe('text', 'of the images'),
      split: maybe('text', 'of the images'),
      of_runs: field('texts', 'the runs whose rows it is of'),
      tables: field('object', 'rows by table'),
      rows: field('count', 'in all'),
      files: field('count', 'committed'),
      seconds: maybe('number', 'that the process took'),
      begun: maybe('text', 'when its first file was written'),
      ended: maybe('text', 'when its last file was written'),
      version: maybe('text', 'of blindspot'),
      commit: maybe('text', 'of blindspot’s sources'),
      backend: maybe('text', 'that computed'),
      command: maybe('text', 'that was called'),
      options: field('object', 'what the rows depend on'),
    },
  },
  {
    command: 'verify',
    of: 'the data set',
    fields: {
      folder: field('text', 'the data set'),
      files: field('count', 'looked at'),
      rows: field('count', 'looked at'),
      bytes: field('count', 'looked at'),
      recomputed: field('count', 'examples whose numbers were recomputed from their images'),
      shown_again: field('count', 'examples that were shown to their network again'),
      faults: field('objects', '`file`, `row` and what is wrong'),
    },
  },
  {
    command: 'export',
    of: 'the files',
    fields: {
      folder: field('text', 'where they are'),
      examples: field('count', 'written'),
      files: field('count', 'written, the index among them'),
      index: field('text', 'CSV with a row per example'),
    },
  },
  {
    command: 'compact',
    of: 'a file that was made of others',
    fields: {
      table: field('text', 'its name'),
      file: field('text', 'the new file'),
      files: field('count', 'those it replaces'),
      rows: field('count', 'of it'),
      bytes: field('count', 'of it'),
      before: field('count', 'bytes of those that it replaces'),
    },
  },
  {
    command: 'compact',
    of: 'the data set, the last line',
    fields: {
      folder: field('text', 'the data set'),
      files: field('count', 'that were made; 0 where there was nothing to do'),
      replaced: field('count', 'files that they replace'),
    },
  },
  { command: 'sweep plan', of: 'a step', fields: step },
  {
    command: 'sweep run',
    of: 'how it stands, whenever a step ends',
    fields: {
      kind: field('text', '`progress`'),
      name: field('text', 'of the sweep'),
      ...standing,
      seconds: field('number', 'since it began'),
      steps_per_hour: field('number', 'by those that this run has done'),
      seconds_left: maybe('number', 'with these workers'),
    },
  },
  {
    command: 'sweep run',
    of: 'the run, the last line',
    fields: {
      kind: field('text', '`result`'),
      name: field('text', 'of the sweep'),
      folder: field('text', 'the data set'),
      ...standing,
      seconds_left: maybe('number', 'of one worker'),
      made: field('count', 'steps that this run has done'),
      runs: field('texts', 'of the plan’s rows'),
      failures: field('objects', '`name` and `message` of the steps that failed'),
      sweep: maybe('objects', 'the lines of `tables/sweep.csv`, as the two below where results were made'),
      transfer_matrix: maybe('objects', 'the lines of `tables/transferMatrix.csv`'),
      decay: maybe('objects', 'the lines of `tables/decay.csv`'),
      accuracy: maybe('objects', 'the lines of `tables/accuracy.csv`'),
      report: { ...report, optional: true },
    },
  },
  {
    command: 'sweep status',
    of: 'a sweep',
    fields: {
      name: field('text', 'of the sweep'),
      folder: field('text', 'the data set'),
      ...standing,
      seconds_left: maybe('number', 'of one worker'),
      all: field('objects', 'the steps that are not done, as `sweep plan` has them'),
    },
  },
  {
    command: 'worker',
    of: 'a step that is begun, and one that is ended',
    fields: {
      kind: field('text', '`begun`, then `done`, `failed`, `busy` or `interrupted`'),
      id: field('text', 'of the task'),
      step: field('text', 'its name'),
      code: maybe('text', 'of the error'),
      message: maybe('text', 'why'),
      log: maybe('text', 'the last lines of a process that failed'),
      general: maybe('yes or no', 'whether any other step would fail, too'),
    },
  },
  {
    command: 'query',
    of: 'a table, where nothing is asked',
    fields: {
      table: field('text', 'its name'),
      rows: field('count', 'committed'),
      files: field('count', 'committed'),
      columns: field('objects', '`name` and `type`'),
    },
  },
  {
    command: 'query',
    of: 'a ready question, with --list',
    fields: {
      name: field('text', 'of the question'),
      question: field('text', 'in words'),
      tables: field('texts', 'that it needs'),
      lacks: field('texts', 'those without rows here'),
    },
  },
  {
    command: 'report',
    of: 'the page',
    fields: {
      file: field('text', 'the page'),
      bytes: field('count', 'of it'),
      figures: field('texts', 'SVG files of the plots'),
      verdicts: field('object', 'a sentence for each table that has one'),
      missing: field('texts', 'what the data set lacks'),
      seconds: field('number', 'that it took'),
    },
  },
  {
    command: 'table',
    of: 'a table',
    fields: {
      table: field('text', 'its name'),
      format: field('text', '`delta` or `iceberg`'),
      written: field('count', 'versions written now'),
      commit: field('count', 'the last one of the data set that touched it'),
      files: field('count', 'of the table'),
      rows: field('count', 'of the table'),
      place: field('text', 'its folder, as a reader takes it'),
    },
  },
  {
    command: 'setup',
    of: 'the result',
    fields: {
      backend: field('text', '`native` or `wasm`'),
      version: maybe('text', 'of TensorFlow'),
      did: maybe('texts', 'what there was to do'),
      cache: maybe('text', 'where it is kept'),
      tested: maybe('yes or no', 'whether the project tests this platform'),
      reason: maybe('text', 'why it is not native'),
      remedy: maybe('text', 'what would help'),
    },
  },
  {
    command: 'setup',
    of: 'what there is, with --check',
    fields: {
      backend: maybe(
        'object',
        '`name`, `threads`, `version`, `gaps`, and where they are any `note` and `fallback_reason`',
      ),
      error: maybe('text', 'why there is none'),
      chosen_by: field('text', '`BLINDSPOT_BACKEND` or `automatic`'),
      versions: field('object', 'of TensorFlow.js, Node and others'),
      platform: field('text', 'such as `linux-x64`'),
      libc: maybe('text', 'the C library'),
      native: field('object', '`state`, `reason`, `tensorflow`, `tested`'),
      cache: field('object', '`path` and `state`'),
      tools: field('object', '`compiler`, `python`, `pip`'),
    },
  },
]
