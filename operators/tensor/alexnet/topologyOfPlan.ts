import type { Json } from '../modelFile.js'
import { sequential, spec } from '../training/topology.js'
import type { NetworkPlan } from './plan.js'

/** A network's `model.json`, without weights. */
export const topologyOfPlan = ({ layers, weights }: NetworkPlan, name: string) => ({
  topology: sequential(name, layers),
  specs: weights.map(({ name, shape }) => spec(name, [...shape])),
})

/**
 * What is done to photographs before the network, as torchvision does it for its weights: the shorter side to 256, the
 * middle cut out, the mean of ImageNet's channels taken off and their deviation divided out.
 */
export const preprocessOf = ({ inputShape, classes }: NetworkPlan, name: string): Json => ({
  model: name,
  inputShape,
  layout: 'NHWC',
  classes,
  channelOrder: 'RGB',
  divide: 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  crop: {
    policy: 'resize-then-center-crop',
    resize: { mode: 'shorter-side', size: 256, filter: 'bilinear' },
    centerCrop: inputShape.slice(0, 2),
  },
  outputs: { logits: 'logits' },
})
