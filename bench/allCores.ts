import { availableParallelism } from 'node:os'

/** Imported before TensorFlow's library is loaded: its operations use all cores, not one as is this project's default. */
process.env['TF_NUM_INTRAOP_THREADS'] ??= String(availableParallelism())
