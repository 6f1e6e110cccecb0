/** What PostgreSQL and SQLite call it when a row would be there twice. */
const CODES: readonly unknown[] = ['23505', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'];

/** Whether a database refused a row because another has its key: somebody else was there first. */
export function isUniqueViolation(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && CODES.includes(error.code);
}
