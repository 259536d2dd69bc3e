/**
 * The columns of each table in the order in which they came. The place of a column, from 1, is its Parquet field id: table
 * formats know a column by it, whatever it is called later. Names are added at the end; a column that goes keeps its place,
 * as `-`, and one that gets another name keeps its own.
 */
export const FIELD_IDS = {
  models: ids(
    'run model architecture configuration depth width activation weight_decay dataset split images seed backend weights_hash data_hash decay train_error test_error test_images seconds',
  ),
  training: ids('run model phase epoch epochs loss train_error seconds'),
  examples: ids(
    'run source_model dataset split index label path method goal options target prediction adversarial_prediction status reason distortion l2 relative_l2 linf c margin polished_distortion residual bracket_width monotone solves iterations evaluations original adversarial',
  ),
  searches: ids(
    'run source_model dataset split index label target solve c distortion margin fooled loss residual iterations evaluations best',
  ),
  scores: ids(
    'run source_model model kind method goal stddev seed clip quality dataset split index label path target prediction error clean_error options',
  ),
  ranks: ids(
    'run model layer side pool basis centered images direction rank dataset split index label value mean pre tied',
  ),
  coherence: ids(
    'run model layer side pool basis centered grouping direction end k images tied label purity entropy purity_p entropy_p least_p',
  ),
  activations: ids('model layer side pool dataset split index label values pre'),
  images: ids('run dataset split index label path pixels'),
  errors: ids('run dataset split index path reason step attempt log'),
} as const

/** The id of the values in the lists of a column, by the column's: far from those of columns. */
export const elementId = (column: number) => 1000 + column

function ids(names: string): ReadonlyMap<string, number> {
  return new Map(names.split(' ').map((name, i) => [name, i + 1]))
}
