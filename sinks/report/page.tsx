import { createHash } from 'node:crypto'
import { render } from 'preact-render-to-string'
import type { Fact, ReportContent, ReportFile, ReportPlot } from './content.js'
import { Directions, sheetStyle } from './directions.js'
import { Gallery } from './gallery.js'
import { Table } from './table.js'

/** Nothing but what is in the file, and of scripts the one: no request leaves. */
const policy = (script: string) =>
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
  `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`

/** A report as one HTML document. */
export function page(content: ReportContent, style: string, script: string): string {
  return `<!doctype html>\n${render(<Page content={content} style={style} script={script} />)}\n`
}

function Page({
  content,
  style,
  script,
}: {
  readonly content: ReportContent
  readonly style: string
  readonly script: string
}) {
  const { title, facts, missing, tables, plots, directions, gallery, provenance, views, files } = content
  const all = directions ? `${style}${sheetStyle(directions.sheets)}\n` : style
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy(script)} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: all }} />
      </head>
      <body>
        <header>
          <h1>{title}</h1>
          <Facts facts={facts} />
          <nav aria-label="contents">
            {tables.map(({ id, title: name }) => (
              <a href={`#${id}`}>{name.split(':')[0]}</a>
            ))}
            {directions && <a href="#directions">Rows of images</a>}
            {gallery && <a href="#images">Images</a>}
            {plots.map(({ id, title: name }) => (
              <a href={`#${id}`}>{name}</a>
            ))}
            <a href="#provenance">Provenance</a>
          </nav>
        </header>
        <main>
          {missing.length > 0 && (
            <section class="missing" id="missing" aria-labelledby="missing-title">
              <h2 id="missing-title">This data set is not complete</h2>
              <ul>
                {missing.map((line) => (
                  <li>{line}</li>
                ))}
              </ul>
            </section>
          )}
          {tables.map((table) => (
            <Table table={table} />
          ))}
          {directions && <Directions directions={directions} />}
          {gallery && <Gallery sets={gallery} />}
          {plots.map((plot) => (
            <Plot plot={plot} />
          ))}
          <section id="provenance" aria-labelledby="provenance-title">
            <h2 id="provenance-title">Provenance</h2>
            <Facts facts={provenance} />
            <p>The queries of this page are over these views; run them in the data set’s folder.</p>
            <pre tabIndex={0}>
              <code>{views}</code>
            </pre>
            <Files files={files} />
          </section>
        </main>
        {(directions ?? (gallery && gallery.length > 0)) && (
          <aside id="details" aria-label="one image" hidden>
            <div class="pictures" />
            <div class="facts-of-one" />
            <button type="button" id="close" aria-label="close">
              ×
            </button>
          </aside>
        )}
        <script type="module" dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>
  )
}

function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ name, value }) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Plot({
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
        {panels.map(({ name, svg }) => (
          <figure>
            <figcaption>{name}</figcaption>
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
                    <th scope="row">{name}</th>
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

function Files({ files }: { readonly files: readonly ReportFile[] }) {
  const tables = [...new Set(files.map(({ table }) => table))]
  return (
    <>
      {tables.map((table) => {
        const own = files.filter((file) => file.table === table)
        const rows = own.reduce((sum, file) => sum + file.rows, 0)
        return (
          <details>
            <summary>
              {table}: {rowsOf(rows)} in {own.length} Parquet {own.length === 1 ? 'file' : 'files'}
            </summary>
            <ul>
              {own.map(({ href, name, rows: n, bytes }) => (
                <li>
                  <a href={href}>{name}</a>, {rowsOf(n)}, {sizeOf(bytes)}
                </li>
              ))}
            </ul>
          </details>
        )
      })}
    </>
  )
}

const rowsOf = (n: number) => `${n.toLocaleString('en')} row${n === 1 ? '' : 's'}`
const sizeOf = (bytes: number) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
