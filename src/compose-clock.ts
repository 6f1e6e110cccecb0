import { randomUUID } from 'node:crypto';
import { parseCaseId, type CaseId } from './domain/identifiers.ts';
import type { Clock, Ids } from './flows/ports.ts';

export const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

export const ids: Ids = { newCaseId, newId: () => randomUUID() };

function newCaseId(): CaseId {
  const id = parseCaseId(`c-${randomUUID()}`);
  if (id === undefined) throw new TypeError('a fresh UUID is a case identifier');
  return id;
}
