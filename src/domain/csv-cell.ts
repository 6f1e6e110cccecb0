/** What spreadsheets take for a formula, with the marks that were put before it. */
const FORMULA = /^'*[=+\-@\t\r]/;
const MARKED = /^'+[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** A text as a spreadsheet takes it for one: what would run as a formula gets an apostrophe before it (OWASP, CSV Injection). */
export function markFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** Takes away the apostrophe of `markFormula`, so that every text comes back as it was. */
export function unmarkFormula(cell: string): string {
  return MARKED.test(cell) ? cell.slice(1) : cell;
}

/** A line of a comma-separated table with its line end (RFC 4180 §2), its cells marked where they would run as formulas. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => quoted(markFormula(cell))).join(',')}\r\n`;
}

function quoted(cell: string): string {
  return NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
