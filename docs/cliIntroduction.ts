/** What the page of the command line says before the commands. */
export const CLI_INTRODUCTION = `<!-- npm run docs writes this page from pipelines/commands. -->

# The command line

\`npx blindspot COMMAND\` in a checkout, after \`npm start\`, \`npm test\` or \`npm run build\`, and in any project that has
the package. \`npm start\` is \`blindspot setup\` and \`blindspot paper\`; what follows \`npm start --\` are options of \`paper\`.

    blindspot paper --out results --limit 256             # the main job
    blindspot report results                              # its page again, of whatever the data set holds
    blindspot query results "SELECT model, test_error FROM models"   # SQL over its tables: docs/query.md
    blindspot query results hardest-images --out hardest.csv         # one of the ready questions, which --list lists
    blindspot train FC100-100-10 --out my/fc100           # a TensorFlow.js layers model with its provenance
    blindspot train FC50-10:relu --out my/other
    blindspot evaluate my/fc100 --data mnist:test
    blindspot attack my/fc100 --data mnist:test --goal untargeted --limit 1000 --out my/examples
    blindspot attack my/fc100 --data mnist:test --cases cases.csv --out my/examples   # columns index, target: exactly these
    blindspot score my/examples --models my/fc100 my/other --noise 0.1 0.3 --amplify 0.1 --out my/examples
    blindspot score my/examples --models my/fc100 --png --jpeg 95 75 50 --out my/examples   # what survives being stored
    blindspot attack my/fc100 --data mnist:test --out - | python read.py   # rows as an Arrow stream, as they come
    blindspot attack my/fc100 --data mnist:test --out - | blindspot score - --models my/other --out my/scores
    blindspot rank my/fc100 --layer hidden1 --data mnist:test --out my/ranks
    blindspot rank my/fc100 --layer hidden2 --data mnist:test --directions units principal ica.parquet --out my/ranks
    blindspot imagenet ILSVRC2012/val --models my/alexnet --out results-imagenet   # all of it on photographs
    blindspot attack my/alexnet --data imagenet:ILSVRC2012/val --limit 100 --out my/photographs
    blindspot sweep run examples/sweeps/weight-decay.yaml --out results-weight-decay   # a grid of networks: docs/sweeps.md
    blindspot table results --format delta                # a Delta Lake or Iceberg table of each table: docs/lake.md
    blindspot runs results                                # what each run stands for
    blindspot verify results --models my/fc               # all there, whole, and as its commits, footers and images say
    blindspot export results --npy --where source_model=FC10 --out arrays   # examples for numpy.load; --png as pictures
    blindspot compact results                             # few Parquet files of many small ones
    blindspot setup --check

The report needs examples and scores in one data set, as above. \`rank\` goes along units, Gaussian directions, a rotation and,
as controls, pixels and the network untrained; [ranking.md](ranking.md) says what each is.

## SOURCE, MODEL, DIR

**SOURCE**, what \`--data\` takes: \`mnist:train\`, \`mnist:test\`, \`mnist:train/P1\`, \`mnist:train/P2\` (two fixed halves,
balanced by class), and \`mnist@DIR:test\` for IDX files of one's own, gzipped or not, such as Fashion-MNIST. What a row calls
\`dataset\` says what the files of that split hold and not where they lie: \`mnist\`, or \`idx-\` and 12 digits of a hash, which
the report shows beside the source.

Images of one's own ([data.md](data.md)): \`folder:PATH\`, a folder of PNG or JPEG files for each class, at their own size;
\`npz:PATH\`, arrays of NumPy; \`cifar@split=test:PATH\`, CIFAR-10 or -100 in the binary version; \`emnist@set=letters,split=test:PATH\`. Of those
with a \`split=train\` \`train\` measures the test error on \`split=test\`.

\`parquet:PATH\` and \`arrow:PATH\` are the images that a data set's tables hold, those of \`images\` and the clean ones of
\`examples\`, which keep data set, split and index; with \`parquet@adversarial:PATH\` the adversarial ones. Other files have a column of images,
as lists of numbers or encoded, and one of labels: \`parquet@image=img,label=fine_label,shape=32x32x3,where=fold=3:PATH\`
([lake.md](lake.md#reading-back)).

\`-\`, or \`arrow:-\`, is an Arrow stream of such a table on standard input, \`arrow@adversarial:-\` its adversarial images: see
[pipes](#pipes).

\`imagenet:PATH\` is photographs: ImageNet in any of its layouts, or folders of one's own; \`imagenet@exif,classes=dog:PATH\` the
same with options ([imagenet.md](imagenet.md)).

Images that cannot be read are left out and counted at the end; with \`--out\` each is a row of the table \`errors\`. Photographs are
brought to the size that each model takes.

**MODEL**: a folder with a TensorFlow.js \`model.json\` (layers model of Keras 2, Keras 3 or TensorFlow.js, softmax at the end or
not), or that file; all of it is checked before anything is built, and its weights are files in that folder, links in it
included. Layers of a model in the model are named \`block/conv1\`, a layer that is called twice \`conv1#1\` and \`conv1#2\`. A
model whose first batch gives probabilities though no softmax was found at its end is a warning: attacks need logits. An
architecture is written as [training.md](training.md) has it.

**DIR** is a [data set](data-set.md), new or to go on with. What is there already is not made again: the same call a second time
reads it, a larger \`--limit\` adds rows, other options add rows of a run of their own. A file of rows
that no manifest lists is moved to \`DIR/.tmp/strays\`, and named by every run until its step has written it again.

## Output and exit codes

On a terminal a command shows its progress, in lines that are cut to its width, and folds tables and sentences to it; elsewhere
there are plain lines on stderr, and nothing is narrowed. What goes on counts from where it was; rate and time left are of the present
call. Its result goes to stdout, with \`--json\` as JSON, a line each, and without progress: below each command are its fields, named as
the columns of [tables](data-set.md) are (\`source_model\`), what code calls \`sourceModel\`. An estimate is \`{ n, value, low, high }\` with
its 95 % interval and N; in SQL and CSV these are columns, \`error\`, \`error_low\`, \`error_high\`. What is no number (NaN) is null. A
command exits with

| code | where                                                     |
| ---- | --------------------------------------------------------- |
| 0    | the work is done                                          |
| 1    | the work failed, whose call may be right, or its result could not be printed |
| 2    | the call is wrong, and another one is what helps          |
| 75   | a sweep or a worker was ended by a scheduler's signal (SIGTERM, SIGUSR1, …): begin it again |
| 130  | it was interrupted; the same call goes on where it was    |

A call is wrong where an option or a value is, of which all are said at once; where it names what is not there, or is of another kind:
a path without anything, a folder for a file, a file for a folder, a folder that is no data set or no model, a table, column, layer or split
that there is not; and where what it names does not fit: images of another size than the model's, labels, targets or cases beyond its
classes, an architecture of other classes than the images'. What is 1 is a file that is damaged or may not be read, or was committed and is gone,
a disk that is full, a server that does not answer, a fault that \`verify\` finds. A call that fails before anything is committed leaves no new folder
behind.

Any ordinary way of being ended (Ctrl-C, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGXCPU, …) commits the rows that are whole, those of an
attack by 256 images, fewer of photographs; a second one ends at once. An error is a sentence that names the file, column or option and says what to do. One that nothing expected
is said to be a mistake in blindspot, and its trace is put into a file in the folder of temporary files. A log on a full disk, a closed terminal or a reader that has left end no work. Node does not heed
\`nohup\`: use \`setsid\` or tmux.

## Pipes

With \`--out -\`, \`attack\` writes the rows of \`examples\`, \`score\` and \`evaluate\` those of \`scores\`, and \`rank\` those of
\`ranks\` to standard output as they are made, as one uncompressed Arrow IPC stream, which pyarrow and polars read:

    blindspot attack my/fc100 --data mnist:test --out - | python -c 'import sys, pyarrow; print(pyarrow.ipc.open_stream(sys.stdin.buffer).read_all())'

All else that is said goes to stderr, with \`--json\` a line of JSON at the end. A reader that is slow holds the work up. One that
leaves, as \`head\` does, ends it, which is no failure: the exit code is 0. Nothing is kept: an interrupted call (130) begins anew,
and its stream has no end mark. A terminal is refused. The rows are those that a data set would have, \`run\` included.

\`--data -\` and \`score -\` read such a stream to its end before they begin, into a file in the folder of temporary files
(\`TMPDIR\`), which is removed when the process ends: what a step's rows depend on is all of it. Images that are piped in are the
same as those of a file with the same bytes. A stream that was cut off is an error. \`./-\` is a file or folder of that name.

## Environment

| variable                            |                                                                                                |
| ----------------------------------- | ---------------------------------------------------------------------------------------------- |
| \`BLINDSPOT_BACKEND\`               | \`native\`, \`wasm\` or \`cpu\`, as \`--backend\`, which comes before it                       |
| \`BLINDSPOT_CACHE\`                 | folder of what \`setup\` downloads and compiles; else that of the user's caches (\`XDG_CACHE_HOME\`) |
| \`BLINDSPOT_DEBUG\`                 | \`1\`: the trace of an error is printed, too                                                   |
| \`BLINDSPOT_QUEUE\`                 | the URL of \`--queue\`, out of sight                                                           |
| \`AWS_…\`, \`GOOGLE_…\`, \`AZURE_…\` | credentials and endpoints of [object stores](lake.md#object-stores) |
| \`TF_NUM_INTRAOP_THREADS\`          | threads of one native operation                                                                |
| \`CXX\`                             | compiler of the native binding; else \`c++\`, \`g++\` or \`clang++\`                           |
| \`HTTPS_PROXY\`, \`NO_PROXY\`       | how \`setup\` downloads                                                                        |
| \`NODE_OPTIONS\`                    | Node's own, such as \`--max-old-space-size\`                                                   |

## Native TensorFlow

\`setup\` puts native TensorFlow into a user cache: 274 MB to download, then a binding is compiled (g++ or clang++, 10 s). Without
a compiler, network or such a platform everything runs on WebAssembly, more slowly, and one line says so. \`setup --check\` tells
what there is. Verified on Linux x64; Linux arm64 and macOS arm64 come from a table of wheels and are untested.

What is loaded as TensorFlow is what was checked: library and binding by their SHA-256, at the set-up and whenever a file's entry,
size or times have changed since (its last change is the kernel's own; only root can hide one). A cache or package folder
\`deps\` or \`lib\` that anybody but you and root can write to, or a link that leads elsewhere, is refused with a sentence, and
WebAssembly used; \`setup\` mends it, without a download where the library's bytes are right. \`BLINDSPOT_CACHE\` may be in
\`/tmp\`, and may be one that root has set up for all. What you set in \`LD_PRELOAD\`, and the JavaScript in \`node_modules\`, is
yours.

## Commands`
