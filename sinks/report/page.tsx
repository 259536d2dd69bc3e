import { createHash } from 'node:crypto'
import { render } from 'preact-render-to-string'
import type { ReportContent } from './content.js'
import { Directions, sheetStyle } from './directions.js'
import { Gallery } from './gallery.js'
import { Opening, shortly } from './opening.js'
import { Plot } from './plot.js'
import { Provenance } from './provenance.js'
import { Table } from './table.js'

/** The page's security policy: nothing but what is in the file, and of scripts the one: no request leaves. */
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
  const { title, did, unreadable, glance, missing, tables, plots, directions, gallery } = content
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
          <Opening did={did} unreadable={unreadable} tables={tables} glance={glance} />
          <Contents content={content} />
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
          {gallery && <Gallery sets={gallery} />}
          {directions && <Directions directions={directions} />}
          {tables.map((table) => (
            <Table table={table} />
          ))}
          {plots.map((plot) => (
            <Plot plot={plot} />
          ))}
          <Provenance content={content} />
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

function Contents({
  content: { tables, plots, directions, gallery },
}: {
  readonly content: Pick<ReportContent, 'tables' | 'plots' | 'directions' | 'gallery'>
}) {
  const links = [
    ...(gallery ? [['images', 'Images']] : []),
    ...(directions ? [['directions', 'Rows of images']] : []),
    ...[...tables, ...plots].map(({ id, title }) => [id, shortly(title)]),
    ['provenance', 'Provenance and files'],
  ]
  return (
    <nav aria-label="contents">
      {links.map(([id, name]) => (
        <a href={`#${id}`}>{name}</a>
      ))}
    </nav>
  )
}
