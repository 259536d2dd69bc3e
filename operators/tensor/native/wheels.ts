/** A Python wheel to take TensorFlow's C library out of; nothing of it needs Python to run. */
export interface Wheel {
  /** Project on the Python package index. */
  readonly project: string
  /** Version of TensorFlow. */
  readonly version: string
  readonly file: string
  /** Size in bytes. */
  readonly size: number
  /** SHA-256 in hexadecimal; checked whichever way the file came. */
  readonly sha256: string
  /** The platform tag that pip must be told, so that any Python on any machine fetches this very file. */
  readonly tag: string
  /** Members to unpack that are linked against and loaded, in the order of linking. */
  readonly libraries: readonly string[]
  /** Members to unpack that compiling the binding needs. */
  readonly headers: readonly string[]
  /**
   * SHA-256 of members in hexadecimal, where they are known beforehand: what an earlier set-up has unpacked is then
   * known for what it is without the wheel.
   */
  readonly members?: Readonly<Record<string, string>>
  /** Bytes of disk while unpacking: the wheel and what comes out of it. */
  readonly disk: number
  /** Whether the whole way has been walked on this platform; where not, the messages say so. */
  readonly tested: boolean
}

const include = 'tensorflow/include'

/**
 * SHA-256 of all headers that the binding's sources include, directly or not (14 of the wheel's 13,000), the same in
 * all wheels.
 */
const headerHashes = Object.fromEntries(
  [
    ['tensorflow/c/c_api.h', '4ccd0a99a0832bffac33eeb2a26a900710d50c212549ef8e66be3f906d5bdac5'],
    ['tensorflow/c/c_api_macros.h', '22212de30dca6bc80cf903b5b02f8e240b89ccae4d273d86b3cd232038de6a2d'],
    ['tensorflow/c/eager/c_api.h', '3c5f0b114a9e6b0e6274cbaea3d272465eae52083a5dd9fbf0cc0d27fd36cb13'],
    ['tensorflow/c/tf_attrtype.h', '01bf629a52b523c070864ce11d31d33aa33fc2eb559552feb986fc90f512ef0e'],
    ['tensorflow/c/tf_buffer.h', '007f280677fc16fe49a153b1e41c6cd9e347ea45a59a2f88b85946bbd9bd7d56'],
    ['tensorflow/c/tf_datatype.h', 'f8ed4d7870776569ceb09fd090cce8f060e4348ee841c1400f5c3f29af7544e7'],
    ['tensorflow/c/tf_status.h', '2f581cefe989344f91598ddd15e3f1433e07748904ae66d3414f210ffc4f879c'],
    ['tensorflow/c/tf_tensor.h', 'a2b0e05a9f72bd87b03525c22bd334ac7f58626361f8c79857998e361620cfb5'],
    ['tensorflow/c/tf_tstring.h', 'da17f6c6ae6e717ecaa2996bbfa913899eb66d2deab731cea5f6ad14f896d706'],
    [
      'tensorflow/core/platform/ctstring.h',
      '02d05f99d6e4425f0389bce4e087e33db05270beb6f15cad2848ec42663e7cf9',
    ],
    [
      'tensorflow/core/platform/ctstring_internal.h',
      'ae991518679aea5d789138199d42a08fe43b4375ce3eea31d72ddb37a0ab0c3d',
    ],
    ['tsl/platform/ctstring.h', '76ab53902b04090aaaeff4541437286c87dd9dd94ba18ee8d098ffafbf3d121a'],
    ['tsl/platform/ctstring_internal.h', 'fbc2e2c64c36f13d6b8f8bc90b4d36db6c735839c5bd6d0fd43139df42ecf0b4'],
    ['xla/tsl/c/tsl_status.h', '73b058cff55c6347f31138a50f298051e6edc7b7b3eee33021642008b891920c'],
  ].map(([name, sha256]) => [`${include}/${name}`, sha256]),
) as Readonly<Record<string, string>>
const headers = Object.keys(headerHashes)

const linux = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2']
const darwin = ['tensorflow/libtensorflow_cc.2.dylib', 'tensorflow/libtensorflow_framework.2.dylib']

/** Hashes of the libraries, in their order, and of the headers. */
function members(libraries: readonly string[], hashes: readonly string[]): Readonly<Record<string, string>> {
  return { ...headerHashes, ...Object.fromEntries(libraries.map((name, i) => [name, hashes[i]])) }
}

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
    members: members(linux, [
      '6505a4b9657e62100c6bdacb683957a395cb047725042945aaa50e40a71e429e',
      'f060b323b26ef80add21b9df9428de3aeaf2843d772c5bb098745f7abff3709b',
    ]),
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
    members: members(linux, [
      '5f7de6ba6478ed7b83767a6e661e3e6e6931b05c64db14ba98250e52316a007c',
      'deade33b9ab90ff468fd1d1f8f6079bec5a3a507cf2d13c3218aa8beec28aeb3',
    ]),
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
    members: members(darwin, [
      '753272d059c7be51f64369aaa8e12ac514ce372e0c4ba66f3cc49ec3b1c33384',
      'e581d6db9e26f13e49327427e5d304cecbfe45d3467db7700e058857a4fd76bb',
    ]),
    disk: 970_000_000,
    tested: false,
  },
}
