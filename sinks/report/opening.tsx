import { STATES, type Table, type Verdict } from '../table/table.js'
import type { ImageSet, ReportContent, ReportImage } from './content.js'

/** What the page opens with: what was done, and of what it was not, whether the claims hold, and some images beside what they became. */
export function Opening({
  did,
  unreadable,
  tables,
  glance,
}: Pick<ReportContent, 'did' | 'unreadable' | 'tables' | 'glance'>) {
  return (
    <>
      <p class="did">{did}</p>
      {unreadable !== undefined && <p class="unreadable">{unreadable}</p>}
      <ul class="claims">
        {tables.map((table) => table.verdict && <Claim table={table} verdict={table.verdict} />)}
      </ul>
      {glance && <Glance set={glance} />}
    </>
  )
}

function Claim({
  table: { id, title, claim },
  verdict: { state },
}: {
  readonly table: Table
  readonly verdict: Verdict
}) {
  return (
    <li class={state}>
      <strong>{STATES[state]}</strong>{' '}
      <span>
        {claim} <a href={`#${id}`}>{shortly(title)}</a>
      </span>
    </li>
  )
}

/** A title without what follows its colon. */
export const shortly = (title: string): string => title.split(':')[0]

function Glance({ set: { title, gain, images } }: { readonly set: ImageSet }) {
  return (
    <figure class="glance">
      <div class={images.some(({ names }) => names) ? 'named' : undefined}>
        {images.map((image) => (
          <Three image={image} />
        ))}
      </div>
      <figcaption>
        Originals, adversarial examples below them, and what was added, × {gain} around mid-grey. {title}.
      </figcaption>
    </figure>
  )
}

function Three({
  image: { label, names, before, after, original, changed, perturbation },
}: {
  readonly image: ReportImage
}) {
  const named = (k: number | undefined) => (k === undefined ? '' : (names?.[k] ?? String(k)))
  return (
    <figure>
      <img src={original} alt={`original, label ${named(label)}`} />
      <img src={changed} alt={`example, taken for ${named(after)}`} />
      <img src={perturbation} alt="the difference, magnified" />
      <figcaption>
        {named(before ?? label)} → {named(after)}
      </figcaption>
    </figure>
  )
}
