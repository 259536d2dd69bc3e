/** Activation functions, each a node of its own, and whether they are strictly increasing. */
export const ACTIVATION_NODES: ReadonlyMap<string, boolean> = new Map([
  ...['Relu', 'Relu6', 'Prelu', 'Softmax', 'LogSoftmax'].map((op) => [op, false] as const),
  ...['Elu', 'Selu', 'Sigmoid', 'Tanh', 'Softplus'].map((op) => [op, true] as const),
  // where its slope is above 0
  ['LeakyRelu', true],
])

/** Nodes that only move values, or make small ones for others to be told by: no layers. */
export const MOVING: ReadonlySet<string> = new Set([
  ...['Identity', 'IdentityN', 'Snapshot', 'StopGradient', 'NoOp', 'PlaceholderWithDefault', 'EnsureShape'],
  ...['Reshape', 'Squeeze', 'ExpandDims', 'Cast', 'Transpose', 'Pad', 'PadV2', 'MirrorPad'],
  ...['Slice', 'StridedSlice', 'Split', 'SplitV', 'Pack', 'Unpack', 'Reverse', 'ReverseV2', 'BroadcastTo'],
])

/** Nodes after which a row of values is what it was, at most of another shape. */
export const SAME: ReadonlySet<string> = new Set([
  ...['Identity', 'Snapshot', 'StopGradient', 'EnsureShape', 'Reshape', 'Squeeze', 'ExpandDims'],
])

/** Nodes of which only the sizes of what comes in matter. */
export const SIZES: ReadonlySet<string> = new Set([
  'Shape',
  'ShapeN',
  'Size',
  'Rank',
  'OnesLike',
  'ZerosLike',
])

/** The fused nodes of the converter, by what they do first. */
export const FUSED: ReadonlyMap<string, string> = new Map([
  ['_FusedConv2D', 'Conv2D'],
  ['FusedDepthwiseConv2dNative', 'DepthwiseConv2dNative'],
  ['_FusedMatMul', 'MatMul'],
])

/**
 * Operations of a graph that are computed: those of TensorFlow.js that give the same whenever they are asked, and whose sizes
 * come from the image or the weights. Control flow, random numbers, hash tables and lists are not.
 */
export const OPERATIONS: ReadonlySet<string> = new Set([
  ...['Placeholder', 'Const', ...MOVING, ...SIZES, ...ACTIVATION_NODES.keys(), ...FUSED.keys()],
  ...['Add', 'AddV2', 'AddN', 'BiasAdd', 'Sub', 'RealDiv', 'Div', 'DivNoNan', 'FloorDiv', 'Mul', 'Maximum'],
  ...['Minimum', 'Pow', 'SquaredDifference', 'Mod', 'FloorMod', 'Abs', 'Ceil', 'ClipByValue', 'Cos', 'Cosh'],
  ...[
    'Exp',
    'Floor',
    'Log',
    'Neg',
    'Sin',
    'Sinh',
    'Sqrt',
    'Rsqrt',
    'Square',
    'Tan',
    'Sign',
    'Round',
    'Expm1',
  ],
  ...['Log1p', 'Reciprocal', 'Asinh', 'Acosh', 'Atanh', 'Acos', 'Asin', 'Atan', 'Atan2', 'Erf'],
  ...['AvgPool', 'MaxPool', 'AvgPool3D', 'MaxPool3D', 'Conv1D', 'Conv2D', 'Conv2DBackpropInput', 'Conv3D'],
  ...['DepthwiseConv2d', 'DepthwiseConv2dNative', 'Dilation2D', 'ResizeBilinear', 'ResizeNearestNeighbor'],
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalNot'],
  ...['LogicalOr', 'Select', 'SelectV2', 'MatMul', 'BatchMatMul', 'BatchMatMulV2', 'Einsum'],
  ...['EuclideanNorm', 'FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3', 'LRN'],
  ...['Max', 'Mean', 'Min', 'Sum', 'Prod', 'Cumsum', 'ArgMax', 'ConcatV2', 'Concat', 'GatherV2', 'Gather'],
  ...['Tile', 'SpaceToBatchND', 'BatchToSpaceND', 'DepthToSpace'],
])

/** Operations whose result depends on the way that values take through the graph. */
export const CONTROL =
  /^(Switch|Merge|Enter|Exit|NextIteration|LoopCond|(Stateless)?(While|If|Case)|(Stateful)?PartitionedCall|Where|Tensor(Array|List).*)$/
