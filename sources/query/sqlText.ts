/** SQL without its comments and what is in quotes: what of it are words and signs. */
export const bareSql = (sql: string): string =>
  sql.replace(/--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[^]*?\$\1\$/g, (found) =>
    /^['"$]/.test(found) ? '_' : ' ',
  )

/** Whether SQL may ask a table: its name is in it, whatever it is there. */
export const mentions = (sql: string, table: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${table}(?![\\p{L}\\p{N}_])`, 'iu').test(sql)
