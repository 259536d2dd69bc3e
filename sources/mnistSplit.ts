export const MNIST_SPLITS = ['train', 'test'] as const
/** A split of MNIST, or of a folder of such files. */
export type MnistSplit = (typeof MNIST_SPLITS)[number]
