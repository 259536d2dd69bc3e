/** A Python wheel to take TensorFlow's C library out of; nothing of it needs Python to run. */
export interface Wheel {
  /** Project on the Python package index. */
  readonly project: string
  /** Version of TensorFlow. */
  readonly version: string
  readonly file: string
  /** In bytes. */
  readonly size: number
  /** Hexadecimal; checked whichever way the file came. */
  readonly sha256: string
  /** The platform tag that pip must be told, so that any Python on any machine fetches this very file. */
  readonly tag: string
  /** Members to unpack that are linked against and loaded, in the order of linking. */
  readonly libraries: readonly string[]
  /** Members to unpack that compiling the binding needs. */
  readonly headers: readonly string[]
  /** Bytes of disk while unpacking: the wheel and what comes out of it. */
  readonly disk: number
  /** Whether the whole way has been walked on this platform; where not, the messages say so. */
  readonly tested: boolean
}

const include = 'tensorflow/include'

/** All that the binding's sources include, directly or not (14 of the wheel's 13,000 headers). */
const headers = [
  ...['c_api.h', 'c_api_macros.h', 'eager/c_api.h', 'tf_attrtype.h', 'tf_buffer.h', 'tf_datatype.h'],
  ...['tf_status.h', 'tf_tensor.h', 'tf_tstring.h'],
]
  .map((name) => `${include}/tensorflow/c/${name}`)
  .concat(
    ['tensorflow/core/platform', 'tsl/platform'].flatMap((folder) => [
      `${include}/${folder}/ctstring.h`,
      `${include}/${folder}/ctstring_internal.h`,
    ]),
    `${include}/xla/tsl/c/tsl_status.h`,
  )

const linux = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2']
const darwin = ['tensorflow/libtensorflow_cc.2.dylib', 'tensorflow/libtensorflow_framework.2.dylib']

/**
 * The pinned wheels by `<process.platform>-<process.arch>`; sizes and hashes are those that the Python package
 * index publishes. Where no `-cpu` build exists the plain one has no GPU code either.
 */
export const wheels: Readonly<Partial<Record<string, Wheel>>> = {
  'linux-x64': {
    project: 'tensorflow-cpu',
    version: '2.21.0',
    file: 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
    size: 273_829_956,
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    tag: 'manylinux_2_27_x86_64',
    libraries: linux,
    headers,
    disk: 1_130_000_000,
    tested: true,
  },
  'linux-arm64': {
    project: 'tensorflow',
    version: '2.21.0',
    file: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl',
    size: 281_828_020,
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    tag: 'manylinux_2_27_aarch64',
    libraries: linux,
    headers,
    disk: 1_170_000_000,
    tested: false,
  },
  'darwin-arm64': {
    project: 'tensorflow',
    version: '2.21.0',
    file: 'tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl',
    size: 223_405_849,
    sha256: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
    tag: 'macosx_12_0_arm64',
    libraries: darwin,
    headers,
    disk: 970_000_000,
    tested: false,
  },
}
