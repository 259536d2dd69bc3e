import { framingText } from '../operators/classifier/framing.js'
import { warnOnce } from '../operators/errors.js'
import { layoutOf, nameOf, photographs } from './imagenet.js'
import { chosenText, readTexts, textsOf } from './imagenet/texts.js'
import type { Layout } from './imagenet/layout.js'
import {
  checkImagenetOptions,
  framingOf,
  IMAGENET_SOURCE_OPTIONS,
  type ImagenetSourceOptions,
} from './imagenet/options.js'
import type { Source, SourceKind } from './imageSource.js'
import { requireKnown } from '../operators/options/knownOptions.js'
import { requireText } from '../operators/options/requireKinds.js'
import { checkIdentified, checkOpened } from './sourceOptions.js'

export type { ImagenetSourceOptions } from './imagenet/options.js'

/**
 * ImageNet, or any photographs in folders of classes, as a `Source`; see `imagenet`.
 *
 * Its identity has a hash of the names and sizes of its files, and how photographs become inputs. They are framed as the options
 * say, or else as who opens it does.
 *
 * @throws BlindspotError `bad-option`
 */
export function imagenetSource(path: string, options: ImagenetSourceOptions = {}): Source {
  requireKnown<ImagenetSourceOptions>('imagenetSource', options, IMAGENET_SOURCE_OPTIONS)
  requireText('imagenetSource', path, 'a path')
  checkImagenetOptions(options)
  const { split, exif, resize, mostPixels, classes, shard } = options
  let looking: Promise<Layout> | undefined
  const layout = (): Promise<Layout> => {
    looking ??= layoutOf(path, split)
    // what is repaired is looked at again
    looking.catch(() => (looking = undefined))
    return looking
  }
  return {
    describe: `imagenet${textsOf(options)}:${path}`,
    async identity(asked = {}) {
      checkIdentified(asked)
      const { framing } = asked
      const found = await layout()
      return {
        dataset: options.dataset ?? nameOf(found),
        split: found.split,
        hash: found.hash,
        photographs: {
          framing: framingText(framingOf(options, framing)),
          ...(found.labelling.kind === 'own' && { labels: 'own' }),
          ...(exif && { exif }),
          ...(resize === 'sharp' && { resize }),
          ...(mostPixels !== undefined && { mostPixels }),
          ...(classes && { classes: chosenText(classes) }),
          ...(shard && { shard: `${shard.index}/${shard.of}` }),
        },
      }
    },
    async count() {
      const { countOf } = await import('./imagenet/chosen.js')
      return countOf(await layout(), options)
    },
    async superclasses() {
      const { SUPERCLASS_OF } = await import('./imagenet/classes.js')
      return (await layout()).labelling.kind === 'imagenet' ? SUPERCLASS_OF : undefined
    },
    async classes() {
      const { CLASSES } = await import('./imagenet/classes.js')
      const { labelling } = await layout()
      return labelling.kind === 'imagenet' ? CLASSES.map(({ name }) => name) : labelling.names
    },
    open(asked = {}) {
      checkOpened(asked)
      const { framing, ...selected } = asked
      const all = { ...selected, ...options }
      checkImagenetOptions(all)
      const isAsked = framing !== undefined || options.size !== undefined
      return photographs(() => layout().then(isAsked ? same : hinted), all, framingOf(options, framing))
    },
  }
}

const same = (found: Layout): Layout => found

/** Says once that images of one's own are brought to a size that nobody asked for. */
function hinted(found: Layout): Layout {
  if (found.labelling.kind === 'own')
    warnOnce(
      'photographs are brought to 224 × 224 RGB where no network says otherwise; folder:PATH takes images at their own size, imagenet@size=32:PATH at another',
    )
  return found
}

/** `imagenet:PATH`, and the same with options: `imagenet@exif,split=val,classes=n01440764+dog,shard=0/4:PATH`. */
export const IMAGENET_SOURCES: SourceKind = {
  forms: ['imagenet:PATH', 'imagenet@split=val:PATH (photographs; more options in the documentation)'],
  parse(text) {
    const match = /^imagenet(?:@([^:]*))?:(.+)$/s.exec(text)
    if (!match) return undefined
    const [, options, path] = match as unknown as [string, string | undefined, string]
    const source = imagenetSource(path, options === undefined ? {} : readTexts(text, options))
    return { ...source, describe: text }
  },
}
