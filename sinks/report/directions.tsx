import type { DirectionRow, DirectionRows, ImageSheet, LayerRows, RankedImage } from './content.js'

/** Rows of the images that come first along directions: a figure per layer, the first one open. */
export function Directions({ directions: { layers, missing } }: { readonly directions: DirectionRows }) {
  return (
    <section id="directions" aria-labelledby="directions-title">
      <h2 id="directions-title">Rows of images: along units and along random directions</h2>
      {missing.length > 0 && (
        <div class="missing">
          <strong>Missing:</strong> {missing.join('; ')}
        </div>
      )}
      {layers.length > 0 && (
        <p class="note">
          From the left, the image with the largest value first. The most coherent rows are the purest of the
          first images, out of all directions; what is usual, the rows show that a draw gives. Underlined: of
          another label than most of its row. Point at an image, or tap it, for its facts; within a layer the
          arrow keys go from one to the next.
        </p>
      )}
      {layers.map((layer, i) => (
        <Layer layer={layer} open={i === 0} />
      ))}
    </section>
  )
}

function Layer({ layer: { title, kinds }, open }: { readonly layer: LayerRows; readonly open: boolean }) {
  return (
    <details class="layer" open={open}>
      <summary>{title}</summary>
      {kinds.map(({ title: kind, lines }) => (
        <>
          <h3>{kind}</h3>
          <div class="lines">
            {lines.map((line) => (
              <div class="line">
                {line.map((row) => (
                  <Row row={row} />
                ))}
              </div>
            ))}
          </div>
        </>
      ))}
    </details>
  )
}

function Row({ row: { heading, images } }: { readonly row: DirectionRow }) {
  return (
    <figure>
      <figcaption>{heading}</figcaption>
      {images.map((image) => (
        <Thumb image={image} />
      ))}
    </figure>
  )
}

function Thumb({
  image: { from, index, label, name, rank, value, other, place },
}: {
  readonly image: RankedImage
}) {
  const facts = [
    `${from === undefined ? '' : `${from} `}image ${index}`,
    name === undefined ? `label ${label}` : `label ${label} ${name}`,
    ...(value === undefined ? [] : [`rank ${rank}`, `value ${value}`]),
  ]
  return (
    <button
      type="button"
      class={`thumb${place ? ` sheet${place.sheet}` : ''}${other ? ' other' : ''}`}
      style={place && { '--x': place.column, '--y': place.row }}
      aria-label={facts.join(', ')}
    />
  )
}

/** What shows a place of a sheet: each sheet is in the page once. */
export const sheetStyle = (sheets: readonly ImageSheet[]): string =>
  sheets
    .map(
      ({ uri, width, height, columns, rows }, i) =>
        `.sheet${i}{--columns:${columns};--rows:${rows};--shape:${width}/${height};background-image:url(${uri})}`,
    )
    .join('\n')
