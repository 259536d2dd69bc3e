import {
  differenceText,
  intervalText,
  isMeasure,
  moreTexts,
  numberText,
  ownN,
  paperText,
  shownTexts,
} from '../table/numbers.js'
import type {
  Cell as TableCell,
  Grid as TableGrid,
  Measure,
  Row as TableRow,
  Table as Numbers,
  Verdict,
} from '../table/table.js'

/** A table of numbers beside the paper's, its verdict above it, its queries below. */
export function Table({ table }: { readonly table: Numbers }) {
  const { id, title, claim, verdict, missing, caption, rows, folded = [], notes, queries } = table
  const compared = rows.some(({ cells }) =>
    cells.some((cell) => cell && isMeasure(cell) && cell.paper !== undefined),
  )
  const usual = compared
    ? 'With the 95\u00a0% interval; ≠ where the paper’s is another by more than sampling explains. A cell opens to the paper’s number and what else is known of it.'
    : 'With the 95\u00a0% interval. A cell opens to what else is known of it.'
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
      {rows.length > 0 && <Grid grid={table} caption={caption ?? usual} />}
      {folded.map((grid) => (
        <details>
          <summary>{grid.title}</summary>
          <Grid grid={grid} caption={grid.title} />
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

function Grid({ grid, caption }: { readonly grid: TableGrid; readonly caption: string }) {
  const { title, of, columns, rows } = grid
  const shown = columns.flatMap(({ aside = false }, i) => (aside ? [] : [i]))
  const counted = rows.some(({ n }) => n !== undefined)
  const heated = rows.some(({ cells }) =>
    cells.some((cell) => cell && isMeasure(cell) && cell.heat !== undefined),
  )
  const width = 1 + shown.length + Number(counted)
  return (
    <div class="scroll" role="region" aria-label={`${title}, the table`} tabIndex={0}>
      <table>
        <caption>
          <span>
            {caption}
            {heated && ' The stronger the colour, the larger the value.'}
          </span>
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">{of}</span>
            </th>
            {shown.map((i) => (
              <th scope="col">{columns[i].title}</th>
            ))}
            {counted && <th scope="col">N</th>}
          </tr>
        </thead>
        {grouped(rows).map(({ group, rows: own }) => (
          <tbody>
            {group !== undefined && (
              <tr class="group">
                <th scope="rowgroup" colSpan={width}>
                  <span>{group}</span>
                </th>
              </tr>
            )}
            {own.map((row) => (
              <Row row={row} shown={shown} counted={counted} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  )
}

/** Rows of a group together. */
function grouped(rows: readonly TableRow[]) {
  const groups: { readonly group: string | undefined; readonly rows: TableRow[] }[] = []
  for (const row of rows) {
    const last = groups.at(-1)
    if (last && last.group === row.group) last.rows.push(row)
    else groups.push({ group: row.group, rows: [row] })
  }
  return groups
}

function Row({
  row,
  shown,
  counted,
}: {
  readonly row: TableRow
  readonly shown: readonly number[]
  readonly counted: boolean
}) {
  return (
    <tr>
      <th scope="row">
        <span class="name">{row.name}</span>
      </th>
      {shown.map((i) => (
        <Cell cell={row.cells[i]} row={row} />
      ))}
      {counted && (
        <td>
          <b>{row.n?.toLocaleString('en')}</b>
        </td>
      )}
    </tr>
  )
}

function Says({ verdict: { state, sentence, rule } }: { readonly verdict: Verdict }) {
  return (
    <div class={`verdict ${state}`}>
      <p>{sentence}</p>
      <details class="note">
        <summary>When it is said to hold</summary>
        {rule}.
      </details>
    </div>
  )
}

function Cell({ cell, row }: { readonly cell: TableCell | undefined; readonly row: TableRow }) {
  if (!cell) return <td class="none">–</td>
  if (isMeasure(cell)) return <Measured cell={cell} row={row} />
  return (
    <td class="text">
      <b>{cell.text}</b>
    </td>
  )
}

/** A number and its interval; what else is known of it opens below them. */
function Measured({ cell, row }: { readonly cell: Measure; readonly row: TableRow }) {
  const { value, unit, paper, differs = false, heat } = cell
  const [interval, n] = [intervalText(cell), ownN(cell, row)]
  const others = [
    ...(paper === undefined
      ? []
      : [`paper ${paperText(paper, unit)}, ${differenceText(value, paper, cell)}`]),
    ...moreTexts(cell, { whole: true }),
    ...(n === undefined ? [] : [`N ${n.toLocaleString('en')}`]),
  ]
  const told = (
    <>
      <b>{numberText(value, cell)}</b>
      {differs && <abbr title="the paper’s is another by more than sampling explains"> ≠</abbr>}
      {interval !== undefined && (
        <small>
          <span class="hidden">, 95 % interval </span>
          {interval.join(' to ')}
        </small>
      )}
      {shownTexts(cell).map((one) => (
        <small class="brief">{one}</small>
      ))}
    </>
  )
  return (
    <td
      class={heat === undefined ? undefined : 'heat'}
      style={heat === undefined ? undefined : { '--heat': heat.toFixed(3) }}
      title={others.length === 0 ? undefined : others.join('; ')}
    >
      {others.length === 0 ? (
        told
      ) : (
        <details>
          <summary>{told}</summary>
          {others.map((one) => (
            <small>{one}</small>
          ))}
        </details>
      )}
    </td>
  )
}
