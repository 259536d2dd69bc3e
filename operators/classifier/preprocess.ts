/**
 * What has to be done to an image before a network sees it, as in a `preprocess.json` beside its `model.json`: an input is
 * (low + pixel · (high − low) − mean) / std of pixels from 0 to 1 with the box [low, high], in the network's order of channels; or
 * (pixel / divide − mean) / std of pixels from 0 to 255. Images are pixels from 0 to 1 whatever it says.
 */
export interface Preprocess {
  /** Shape of one input, which the model says too: such as [784], [height, width, channels], or with `layout` NCHW the channels first. */
  readonly inputShape?: readonly number[] | undefined
  /** Height and width of an input, or both by one number. */
  readonly size?: number | readonly [height: number, width: number] | undefined
  /** Where the network has the channels. Default: `NHWC`, last. */
  readonly layout?: 'NHWC' | 'NCHW' | undefined
  /** Default: `RGB`. */
  readonly channelOrder?: 'RGB' | 'BGR' | undefined
  /** What the pixels 0 and 1 are to the network before mean and std, as [-1, 1] or [0, 255]. Default: [0, 1]. */
  readonly box?: readonly [low: number, high: number] | undefined
  /** The same by what pixels from 0 to 255 are divided by. Default: 255, which makes them pixels from 0 to 1. */
  readonly divide?: number | undefined
  /** Of each channel, in the network's order, or of all. Default: 0. */
  readonly mean?: number | readonly number[] | undefined
  /** The same. Default: 1. */
  readonly std?: number | readonly number[] | undefined
  /** What inputs then lie in, [least, largest] or one for each channel: it is compared. */
  readonly inputRange?: readonly [number, number] | readonly (readonly [number, number])[] | undefined
  /** How photographs are cut; `{policy, resize, centerCrop}`, where `policy` is `resize-then-center-crop`,
   * `resize` or `center-crop`, and `resize` is `{mode: 'exact', width, height}` or `{mode: 'shorter-side', size}`.
   * Default: the shorter side at 8/7 of the input's, its middle. */
  readonly crop?: Readonly<Record<string, unknown>> | undefined
  /** Layers that give logits, and probabilities: of the first the output is taken. */
  readonly outputs?:
    { readonly logits?: string | undefined; readonly probabilities?: string | undefined } | undefined
}
