/** What spreadsheets take for a formula, with the marks that were put before it. */
const FORMULA = /^'*[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * A text as a cell of a comma-separated table (RFC 4180). One that a spreadsheet would run as a formula gets an apostrophe
 * before it (OWASP, CSV Injection).
 */
function csvCell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line of a comma-separated table with its line end (RFC 4180 §2). */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}
