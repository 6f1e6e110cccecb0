import type { Request } from 'express';
import type { StudyUid } from '../domain/identifiers.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { AppDeps } from './app-deps.ts';
import { liftLoginEvidence } from './login-evidence.ts';

/** One row of the list of models: a version and one of its functions. */
export type ModelRow = Awaited<ReturnType<AppDeps['flows']['listModels']>>[number];

/** What only an open study can settle; without one it says nothing about the version. */
const OPEN_QUESTIONS: readonly ReasonInstance['code'][] = ['context-missing', 'site-unknown'];

/** The same list, by the same decision, as `GET /api/models`. */
export async function listModelRows(
  { flows }: { readonly flows: Pick<AppDeps['flows'], 'listModels'> },
  asked: { readonly req: Request; readonly study: StudyUid | undefined },
  signal: AbortSignal,
): Promise<readonly ModelRow[]> {
  return await flows.listModels({ evidence: liftLoginEvidence(asked.req), study: asked.study }, signal);
}

/**
 * Whether a version is ready for this person: one of its functions is permitted on the study, or, where none is named,
 * nothing but the study is missing. Otherwise each reason once.
 */
export function readinessOf(
  rows: readonly ModelRow[],
  study: StudyUid | undefined,
): { readonly ready: boolean; readonly reasons: readonly ReasonInstance[] } {
  const standing = rows.map((row) =>
    study === undefined ? row.reasons.filter(({ code }) => !OPEN_QUESTIONS.includes(code)) : row.reasons,
  );
  const ready = rows.some((row, at) => row.permitted || (study === undefined && standing[at]?.length === 0));
  const byText = new Map(standing.flat().map((reason) => [`${reason.code} ${reason.text}`, reason]));
  return ready ? { ready, reasons: [] } : { ready, reasons: [...byText.values()] };
}
