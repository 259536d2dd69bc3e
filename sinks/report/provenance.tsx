import type { Fact, ReportContent, ReportFile } from './content.js'

/**
 * Where all numbers and images of the page are from: how the data set was made, the views of the queries, and its
 * files.
 */
export function Provenance({
  content: { facts, provenance, views, files },
}: {
  readonly content: Pick<ReportContent, 'facts' | 'provenance' | 'views' | 'files'>
}) {
  return (
    <section id="provenance" aria-labelledby="provenance-title">
      <h2 id="provenance-title">Provenance and files</h2>
      <Facts facts={[...provenance, ...facts]} />
      <p>The queries of this page are over these views; run them in the data set’s folder.</p>
      <pre tabIndex={0}>
        <code>{views}</code>
      </pre>
      <Files files={files} />
    </section>
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
