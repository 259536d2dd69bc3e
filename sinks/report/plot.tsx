import type { ReportPlot } from './content.js'

/** A figure in panels, its numbers and its query for who asks. */
export function Plot({
  plot: { id, title, description, panels, columns, rows, query },
}: {
  readonly plot: ReportPlot
}) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <p>{description}</p>
      {panels.length === 0 && (
        <div class="missing">
          <strong>Missing:</strong> no rows
        </div>
      )}
      <div class="panels">
        {panels.map(({ name, detail, svg }) => (
          <figure>
            <figcaption>
              {name}
              {detail !== undefined && <small>{detail}</small>}
            </figcaption>
            <div dangerouslySetInnerHTML={{ __html: svg }} />
          </figure>
        ))}
      </div>
      {rows.length > 0 && (
        <details>
          <summary>The numbers</summary>
          <div class="scroll" role="region" aria-label={`${title}, the numbers`} tabIndex={0}>
            <table>
              <thead>
                <tr>
                  {columns.map((column) => (
                    <th scope="col">{column}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map(([name, ...cells]) => (
                  <tr>
                    <th scope="row">
                      <span class="name">{name}</span>
                    </th>
                    {cells.map((cell) => (
                      <td>{cell}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
      <details>
        <summary>Query (DuckDB)</summary>
        <pre tabIndex={0}>
          <code>{query}</code>
        </pre>
      </details>
    </section>
  )
}
