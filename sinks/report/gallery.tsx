import type { ImageSet, ReportImage } from './content.js'

const unique = (values: readonly string[]) => [...new Set(values)]

/** The images of a data set, to be filtered, blended, enlarged and read about one by one. */
export function Gallery({ sets }: { readonly sets: readonly ImageSet[] }) {
  if (sets.length === 0) {
    return (
      <section id="images" aria-labelledby="images-title">
        <h2 id="images-title">Images</h2>
        <div class="missing">
          <strong>Missing:</strong> no examples
        </div>
      </section>
    )
  }
  const statuses = unique(sets.flatMap(({ images }) => images.map(({ status }) => status)))
  return (
    <section id="images" aria-labelledby="images-title">
      <h2 id="images-title">Images</h2>
      <div class="controls">
        <Choice
          id="model"
          label="network"
          all="all networks"
          values={unique(sets.map(({ model }) => model))}
        />
        <Choice
          id="change"
          label="change"
          all="all changes"
          values={unique(sets.map(({ change }) => change))}
        />
        <Choice id="status" label="status" all="all" values={statuses} />
        <label>
          original
          <input id="blend" type="range" min="0" max="1" step="0.01" value="1" />
          changed
        </label>
        <label>
          size
          <input id="zoom" type="range" min="28" max="168" step="14" value="56" />
        </label>
        <label>
          <input id="perturbation" type="checkbox" /> the perturbation alone, magnified
        </label>
      </div>
      <p id="shown" role="status" />
      <p class="note">
        Faded: skipped. Underlined: failed, or wrong under noise. Point at an image, or tap it, for its facts.
      </p>
      <noscript>
        <p class="missing">Filters, the slider and details need JavaScript.</p>
      </noscript>
      {sets.map((set, i) => (
        <Images set={set} open={i === 0} />
      ))}
    </section>
  )
}

function Choice({
  id,
  label,
  all,
  values,
}: {
  readonly id: string
  readonly label: string
  readonly all: string
  readonly values: readonly string[]
}) {
  return (
    <label>
      {label}
      <select id={id}>
        <option value="">{all}</option>
        {values.map((value) => (
          <option value={value}>{value}</option>
        ))}
      </select>
    </label>
  )
}

function Images({
  set: { model, change, title, gain, images },
  open,
}: {
  readonly set: ImageSet
  readonly open: boolean
}) {
  return (
    <details class="images" open={open} data-model={model} data-change={change} data-gain={gain}>
      <summary>
        {title}.{' '}
        <small>
          <span class="count">{images.length}</span> of them here. Perturbation alone: × {gain}, mid-grey is
          0.
        </small>
      </summary>
      <div class="tiles">
        {images.map((image) => (
          <Tile image={image} />
        ))}
      </div>
    </details>
  )
}

function Tile({ image }: { readonly image: ReportImage }) {
  const { index, label, names, status, reason, target, before, after, distortion } = image
  const named = (k: number) => (names?.[k] === undefined ? String(k) : `${k} ${names[k]}`)
  const facts = [
    `image ${index}`,
    `label ${named(label)}`,
    ...(target === undefined ? [] : [`target ${named(target)}`]),
    ...(before === undefined ? [] : [`predicted ${named(before)} before`]),
    ...(after === undefined ? [] : [`${named(after)} after`]),
    ...(distortion === undefined ? [] : [`distortion ${distortion.toFixed(4)}`]),
    status,
    ...(reason === undefined ? [] : [reason]),
  ]
  return (
    <button type="button" class="tile" data-status={status} aria-label={facts.join(', ')}>
      <img class="original" src={image.original} alt="" loading="lazy" />
      {image.changed && <img class="changed" src={image.changed} alt="" loading="lazy" />}
      {image.perturbation && <img class="perturbation" src={image.perturbation} alt="" loading="lazy" />}
    </button>
  )
}
