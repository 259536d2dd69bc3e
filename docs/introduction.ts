import { TABLES } from '../operators/records/tables.js'

/** Queries of the page, each over files of one or more tables. */
export const QUERIES = [
  `SELECT source_model, count(*) AS n, avg(distortion) AS distortion
FROM 'results/examples/**/*.parquet' WHERE goal = 'random' AND status = 'success' GROUP BY ALL`,
  `SELECT source_model, s.model, avg(s.error::int) AS error, avg(e.distortion) AS distortion
FROM 'results/scores/**/*.parquet' s
JOIN 'results/examples/**/*.parquet' e
  USING (run, source_model, method, goal, dataset, split, index, label, target)
WHERE s.kind = 'adversarial' AND source_model <> s.model GROUP BY ALL`,
  `SELECT layer, basis, k, avg(purity) AS purity, avg((purity_p <= 0.05)::int) AS beyond_null
FROM 'results/coherence/**/*.parquet' WHERE "end" = 'top' AND NOT tied AND NOT centered GROUP BY ALL ORDER BY ALL`,
] as const
const [distortions, transfer, purity] = QUERIES.map((sql) => `\`\`\`sql\n${sql}\n\`\`\``)

const tables = Object.keys(TABLES).map((name) => `[\`${name}\`](#${name})`)

/** What the page says before its tables. */
export const INTRODUCTION = `<!-- npm run docs writes this page from operators/records. -->

# The data set

A command writes its rows into a folder of Parquet files, its data set, which DuckDB, pyarrow and polars read as it is. Its
tables are ${tables.slice(0, -1).join(', ')} and ${tables[tables.length - 1]}.

${distortions}

## Files

- \`DIR/TABLE/KEY=VALUE/part-STEP-00000.parquet\` are the rows: zstd, with statistics by row group and page and the index of pages. The keys are \`name\` (\`models\`, \`training\`, \`ranks\`, \`coherence\`, \`images\`), \`source\` (\`examples\`, \`searches\`: the model attacked) and \`shown\` (\`scores\`: whose examples, how changed, or which noise). They are no columns; the columns say the same in full.
- \`DIR/manifest.json\` lists what is committed: of each file its table, keys, step, part, rows, bytes, SHA-256, time, and what the step noted; \`commit\` is the last commit that is in it.
- \`DIR/_commits/00000000000000000001.json\` and on are the commits, each with the files that it puts on the list (\`add\`) and the names that it takes off (\`remove\`). What \`manifest.json\` lists and the commits after its \`commit\` are the data set: a file that is in neither, as one of a run that was killed, is none of it. Commits are never changed; a copy of a data set that nobody writes to may go without them.
- \`DIR/arrow/TABLE.arrows\` is a table as one Arrow IPC stream, where \`paper --arrow\` was asked for it: a copy of the Parquet in six times its bytes.
- \`DIR/networks/NAME/model.json\` are the networks that \`paper\` has trained, \`DIR/tables\` and \`DIR/figures\` its tables and pictures.
- \`DIR/TABLE/_delta_log\` and \`DIR/TABLE/metadata\` are the metadata of Delta Lake and Iceberg, where they were asked for ([lake.md](lake.md#table-formats)).
- A file's footer has \`blindspot\`, the provenance of its rows as JSON: \`format\`, the version of the tables (readers of a later one read earlier ones), versions, commit, command, backend, machine, and the options, seeds, models and images that made them. Of some tables it has more, said with their columns.

A data set of somebody else's is not trusted: what its manifest, footers and rows say is checked and bounded before it is used,
nothing outside of the folder is read, and an error names file, column and row (from 0). Files of an earlier version, which
lack some columns, are read. Of a file row groups of up to 1 GiB and footers of up to 128 MiB and a million values are read. A
path in code is found as a shell finds it (\`t//*.parquet\`, \`[ab]\`, \`{a,b}\`, links).

Any number of processes may write to a data set, of several machines, too, that share the folder; it can lie in an
object store as well ([lake.md](lake.md#object-stores)). A commit is a new file with
the next number, where nobody has put one: two at once are one after the other, and none is lost, whatever becomes of a lock.
\`manifest.json\` is written anew at every commit while there are up to 200 files; of a larger data set it lags behind by up to
an eighth, until a run ends or \`lake.checkpoint()\` is called.

A step is done by one process at a time. Its lock is taken over from one that has died: at once on the same machine, else when
nothing has been heard of it for 10 s. Owners have numbers, and it is committed first which are out: one that was only stopped
commits nothing more. No file takes the name of another: where \`part-STEP-00000.parquet\` is taken, the next is
\`part-STEP-00000.2.parquet\`, and what it replaces goes when it is committed.

\`blindspot verify DIR\`, in code \`verifyDataSet(lake)\`, looks through all of it: each file is there and is the one that was committed,
by size and SHA-256; its rows are as many as its commit says, its columns, field ids and values those of its table, and of the step's
\`run\`; statistics and index of pages hold all values; no row is there twice; and \`l2\`, \`linf\`, \`distortion\` and \`relative_l2\` of
examples are those of their images. With \`--models\` the examples that were made for these models, by their weights, are shown to them
again: they have to have the classes that the rows say. Images that were rounded when they were stored are held to what rounding
allows, and not shown again. What is wrong is told by file and row, and the exit code is 1.

A step leaves a file for each call, and every few thousand rows. \`blindspot compact DIR\`, in code \`compactDataSet(folder)\`, makes few of
many: of a step's files in one folder, neighbours that note and hold the same kind of thing, the same rows in the same order, bit for bit.
One commit puts the new file in the place of the small ones, so that steps go on after it as before; these are removed when all are done
and \`--grace\` seconds (10) have passed, which it says, for readers that have begun: one that takes longer finds a file gone, and has to ask again. It does
not run while a step of the data set is at work. Killed at any moment it leaves what was there or what is to be, and what
is left over goes when the data set is opened next. The footer has what the first file's said, and under \`compacted\` how many files it
was, and what others said otherwise; the commit has their names. \`_commits\` itself stays as it is: the number of a commit is free only
once, which is how two writers find out about each other, and \`manifest.json\` has in it what they say.

Rows of \`examples\`, \`searches\` and \`images\` lie in the order of the source's images, those of one image together; of \`scores\` in that
order, too, a batch of images by one model after the other. A file whose order was checked as it was written says so in its footer:
\`blindspot.sorted\` is the list of its columns. [writing.md](writing.md) has what a program that writes can choose.

The writer is \`parquet-wasm\`. \`parquetjs-lite\` is not: it stores the first element of a \`Float32Array\` and drops the
rest, writes wrong statistics and cannot do zstd; a test shows that its reader opens the snappy files of \`ParquetWriter\`.

## Rows

\`run\` names the step that made a row, by model, images and options: another seed, goal, budget or list of cases in the
same folder adds rows with a \`run\` of their own. What a step has committed stays, whichever backend goes on with it; the footers tell which made
a file. \`run\` in \`scores\` and \`searches\` is the run in \`examples\` that is shown, or whose search it is. An image is
known by \`dataset, split, index\` in every table. A table's key tells a row from every other row of the data set.

What each run stands for is told by \`blindspot runs DIR\`, in code by \`runsOf(lake)\`, and by the table \`runs\` of [\`query\`](query.md#runs), which the
others join on \`run\`.

\`blindspot export DIR --npy --out FOLDER\` writes the examples that were found to a new or empty folder, as arrays that \`numpy.load\` opens, bit for bit:
\`original.npy\` and \`adversarial.npy\` [n × height × width × channels], float32, in the box of the model; \`label.npy\`, \`target.npy\`,
\`prediction.npy\`, \`adversarial_prediction.npy\`, \`index.npy\`, int32; \`distortion.npy\`, \`l2.npy\`, \`linf.npy\`, float64. \`--png\` writes
\`RUN/MODEL/INDEX-TARGET-original.png\`, \`-adversarial.png\` and \`-difference.png\`: rounded to 8 bits, after which not every example
fools (\`score --png\` tells how many do), and of the difference the largest change, \`linf\`, is black or white and none is grey. \`index.csv\`
has a row for each, and is written last. \`--where source_model=NAME\` and \`--limit\` choose; in code it is \`exportExamples(lake, out, { as, where, limit })\`.

${transfer}

\`score\` asks no network twice: examples scored again with another network, or after an \`attack\` of more images, add the rows
that are new; of noise another set of images, seed or σ is another run. \`run\` of clean images and of noise is the scoring's
own. In code \`attack\` and \`rank\` call their run by a hash of what the rows depend on, unless \`run\` says otherwise.

In \`ranks\`, \`rank <= 8\` are the first 8 images along a direction. In SQL \`"end"\` of \`coherence\` is quoted:

${purity}

A column's \`id\` is its Parquet field id, the same in all versions, whatever it is called; of a list's values it is 1000 more.

Images are lists of float32, bit for bit as the network saw them, unless a run chose fewer bytes ([writing.md](writing.md#images-in-fewer-bytes)). What there is not is null, in columns that say where; a null
in another one is refused as it is read, also of \`float64\`, all of which the files' schema has as optional. [attack.md](attack.md) explains the
search's columns, [ranking.md](ranking.md) those of directions. In code a record's fields have the columns' names in camelCase
(\`sourceModel\`), NaN where a number is null and -1 where a class is, and \`TABLES[name]\` has a table's columns, key and
conversions.`
