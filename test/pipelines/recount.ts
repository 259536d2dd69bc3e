import { DuckDBInstance } from '@duckdb/node-api'

const PAPER = { tables: ['models', 'examples', 'scores', 'searches'], printed: ['table3', 'table4'] }

/** Rows of SQL over the Parquet files of a data set: its tables are views, its printed tables `tables/NAME.csv`. */
export async function query(
  folder: string,
  sql: string,
  { tables, printed }: { tables: readonly string[]; printed: readonly string[] } = PAPER,
): Promise<Readonly<Record<string, unknown>>[]> {
  const connection = await (await DuckDBInstance.create()).connect()
  try {
    for (const table of tables) {
      await connection.run(
        `create view ${table} as from read_parquet('${folder}/${table}/**/*.parquet', hive_partitioning = true)`,
      )
    }
    for (const table of printed) {
      await connection.run(`create view ${table} as from read_csv('${folder}/tables/${table}.csv')`)
    }
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()
  } finally {
    connection.closeSync()
  }
}

const COUNTS = `count(*)::int as n, sum(error::int)::int as errors, avg(error::int) as error,
  count(*) filter (not clean_error)::int as clean_n,
  coalesce(sum(error::int) filter (not clean_error), 0)::int as clean_errors`

/** Average RMS of a model's examples for random targets on the test images. */
const DISTORTIONS = `select source_model as name, count(*) filter (status <> 'skipped')::int as attacked,
    (count(*) filter (status = 'success') / count(*) filter (status <> 'skipped'))::double as success,
    avg(distortion) as distortion
  from examples where split = 'test' and goal = 'random' group by all`

/** What Table 3 says, from the clean scores and the examples. */
export const TABLE_3 = `with errors as (
    select model, shown, count(*)::int as n, avg(error::int) as error
    from scores where kind = 'clean' group by all
  )
  select d.name as model, p1.n as p1_error_n, p1.error as p1_error, p2.n as p2_error_n, p2.error as p2_error,
    test.n as test_error_n, test.error as test_error, attacked, success, round(distortion, 12) as distortion
  from (${DISTORTIONS}) d
  join errors p1 on p1.model = d.name and p1.shown = 'clean P1'
  join errors p2 on p2.model = d.name and p2.shown = 'clean P2'
  join errors test on test.model = d.name and test.shown = 'clean test'
  order by d.name`

/** What Table 4 says, from the scores of what was made of test images, and the examples. */
export const TABLE_4 = `with shown as (
    select *, case kind
      when 'gaussian' then 'gaussian ' || stddev
      when 'adversarial' then source_model
      else source_model || (case when stddev = 0.1 then ', RMS 0.1'
        when abs(stddev * sqrt(784) - 0.1) < 1e-15 then ', L2 0.1' end)
    end as made_for
    from scores where split = 'test' and kind <> 'clean'
  )
  select made_for, model as fed_to,
    round(any_value(case kind when 'adversarial' then d.distortion else stddev end), 12) as distortion, ${COUNTS}
  from shown left join (${DISTORTIONS}) d on d.name = source_model group by all order by all`

/** Means over directions of the purity and the entropy (bits) of the k images at either end, from the ranks alone. */
export const UNITS = `with sizes as (select unnest([4, 8, 16])::int as k),
  ends as (
    select *, 'top' as side_of, rank as place from ranks
    union all select *, 'bottom', images + 1 - rank from ranks
  ),
  counts as (
    select layer, basis, direction, side_of, k, label, count(*) / any_value(k) as share
    from ends join sizes on place <= k group by layer, basis, direction, side_of, k, label
  ),
  each as (
    select layer, basis, direction, side_of, k, max(share) as purity, -sum(share * log2(share)) as entropy
    from counts group by all
  ),
  every_end as (
    select layer, basis, direction, side_of, k, purity, entropy from each
    union all select layer, basis, direction, 'better', k, max(purity), min(entropy) from each
    where basis <> 'uniform' group by layer, basis, direction, k
    union all select a.layer, a.basis, a.direction, 'better', a.k, greatest(a.purity, b.purity),
      least(a.entropy, b.entropy)
    from each a join each b using (layer, basis, k) join (select layer, basis, count(distinct direction) as n from each group by all) using (layer, basis)
    where a.basis = 'uniform' and b.direction = (a.direction + 1) % n
  )
  select layer, basis, side_of as "end", k, avg(purity) as purity, avg(entropy) as entropy
  from every_end group by all order by all`
