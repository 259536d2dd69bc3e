import type { ReportCell, ReportRow, ReportTable, Verdict } from './content.js'

/** A table of numbers beside the paper's, its verdict above it, its queries below. */
export function Table({ table }: { readonly table: ReportTable }) {
  const { id, title, claim, verdict, missing, caption, columns, rows, folded = [], notes, queries } = table
  const compared = rows.some(({ cells }) => cells.some((cell) => cell?.paper !== undefined))
  const usual = `${compared ? 'Ours; smaller the paper’s and the difference, ' : 'Smaller '}the 95\u00a0% interval.`
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <p class="claim">{claim}</p>
      {verdict && <Says verdict={verdict} />}
      {missing.length > 0 && (
        <div class="missing">
          <strong>Missing:</strong> {missing.join('; ')}
        </div>
      )}
      {rows.length > 0 && <Grid title={title} caption={caption ?? usual} columns={columns} rows={rows} />}
      {folded.map((one) => (
        <details>
          <summary>{one.title}</summary>
          <Grid caption={one.title} {...one} />
        </details>
      ))}
      {notes.map((note) => (
        <p class="note">{note}</p>
      ))}
      <details>
        <summary>Queries (DuckDB)</summary>
        {queries.map((query) => (
          <pre tabIndex={0}>
            <code>{query}</code>
          </pre>
        ))}
      </details>
    </section>
  )
}

function Grid({
  title,
  caption,
  columns,
  rows,
}: {
  readonly title: string
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly ReportRow[]
}) {
  return (
    <div class="scroll" role="region" aria-label={`${title}, the table`} tabIndex={0}>
      <table>
        <caption>
          <span>{caption}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">row</span>
            </th>
            {columns.map((column) => (
              <th scope="col">{column}</th>
            ))}
          </tr>
        </thead>
        {grouped(rows).map(({ group, rows: own }) => (
          <tbody>
            {group !== undefined && (
              <tr class="group">
                <th scope="rowgroup" colSpan={columns.length + 1}>
                  <span>{group}</span>
                </th>
              </tr>
            )}
            {own.map((row) => (
              <Row row={row} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  )
}

/** Rows of a group together. */
function grouped(rows: readonly ReportRow[]) {
  const groups: { readonly group: string | undefined; readonly rows: ReportRow[] }[] = []
  for (const row of rows) {
    const last = groups.at(-1)
    if (last && last.group === row.group) last.rows.push(row)
    else groups.push({ group: row.group, rows: [row] })
  }
  return groups
}

function Row({ row: { name, cells } }: { readonly row: ReportRow }) {
  return (
    <tr>
      <th scope="row">
        {name.split(' ').map((word, i) => (
          <>
            {i > 0 && ' '}
            <span class="word">{word}</span>
          </>
        ))}
      </th>
      {cells.map((cell) => (cell ? <Cell cell={cell} /> : <td class="none">–</td>))}
    </tr>
  )
}

function Says({ verdict: { state, sentence, rule } }: { readonly verdict: Verdict }) {
  return (
    <div class={`verdict ${state}`}>
      <p>{sentence}</p>
      <p class="note">Rule: {rule}.</p>
    </div>
  )
}

function Cell({ cell }: { readonly cell: ReportCell }) {
  const { ours, paper, difference, differs, interval, more, n, heat } = cell
  const style = heat === undefined ? undefined : { '--heat': heat.toFixed(3) }
  return (
    <td
      class={heat === undefined ? undefined : 'heat'}
      style={style}
      title={n === undefined ? undefined : `N ${n}`}
    >
      <b>{ours}</b>
      {paper !== undefined && (
        <small>
          <span class="hidden">, </span>paper {paper}, {difference}
          {differs && <abbr title="more than sampling explains"> ≠</abbr>}
        </small>
      )}
      {interval !== undefined && (
        <small>
          <span class="hidden">, 95 % interval </span>
          {interval}
        </small>
      )}
      {more !== undefined && <small>{more}</small>}
      {n !== undefined && <small>N {n.toLocaleString('en')}</small>}
    </td>
  )
}
