/** Layers of Keras that leave values as they are at inference, and that TensorFlow.js lacks or gets wrong. */
export const IDENTITIES: ReadonlySet<string> = new Set([
  ...['SpatialDropout2D', 'SpatialDropout3D', 'ActivityRegularization', 'Identity', 'Cast'],
  ...[
    'RandomFlip',
    'RandomRotation',
    'RandomZoom',
    'RandomTranslation',
    'RandomContrast',
    'RandomBrightness',
  ],
  ...['RandomHeight', 'RandomWidth'],
])

/** Layers after which a row of values is what it was, at most of another shape. */
export const TRANSPARENT: ReadonlySet<string> = new Set([
  ...['Flatten', 'Reshape'],
  ...['Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'],
])

/** Layers that TensorFlow.js has. */
export const LAYERS: ReadonlySet<string> = new Set([
  ...['InputLayer', 'Dense', 'Activation', 'Dropout', 'Flatten', 'Reshape', 'Permute', 'RepeatVector'],
  ...['Masking', 'Embedding', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'],
  ...['ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'Softmax'],
  ...[
    'Conv1D',
    'Conv2D',
    'Conv3D',
    'Conv2DTranspose',
    'Conv3DTranspose',
    'SeparableConv2D',
    'DepthwiseConv2D',
  ],
  ...['Cropping2D', 'UpSampling2D', 'ZeroPadding2D'],
  ...['Add', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate', 'Dot'],
  ...['BatchNormalization', 'LayerNormalization'],
  ...[
    'MaxPooling1D',
    'MaxPooling2D',
    'MaxPooling3D',
    'AveragePooling1D',
    'AveragePooling2D',
    'AveragePooling3D',
  ],
  ...['GlobalAveragePooling1D', 'GlobalMaxPooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling2D'],
  ...[
    'RNN',
    'SimpleRNN',
    'GRU',
    'LSTM',
    'ConvLSTM2D',
    'StackedRNNCells',
    'SimpleRNNCell',
    'GRUCell',
    'LSTMCell',
  ],
  ...['ConvLSTM2DCell', 'Bidirectional', 'TimeDistributed'],
  ...['CategoryEncoding', 'CenterCrop', 'Rescaling', 'Resizing'],
])

/** Layers that TensorFlow.js lacks, and `operators/tensor/layers` has. */
export const OWN_LAYERS: ReadonlySet<string> = new Set(['LocalResponseNormalization', 'Normalization'])
