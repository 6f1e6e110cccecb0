import type { RecordDraft } from '../../src/domain/register-acts.ts';
import type { Consent } from '../../src/domain/register-proposal.ts';
import type { ActDraft } from '../../src/flows/ports-register.ts';
import { NOW, practitionerId } from './register-builder.ts';

/** The consent of somebody who showed a card a minute ago. */
export const consentOf = (name: string, at = NOW): Consent => ({
  practitioner: practitionerId(name),
  method: 'card',
  assurance: 3,
  authenticatedAt: NOW - 60_000,
  at,
});

/** A CPD entry of the ready-made radiologist's, logged by themselves. */
export const cpdDraft = (id: string, changes: Readonly<Record<string, unknown>> = {}): RecordDraft => ({
  kind: 'evidence',
  id,
  record: {
    id,
    practitioner: 'radiologist',
    type: 'cpd',
    credits: 2,
    happenedAt: '2026-03-01',
    attestedBy: 'radiologist',
    recordedBy: 'radiologist',
    ...changes,
  },
});

/** Something that the ready-made radiologist does alone, unless it is said otherwise. */
export const actDraft = (changes: readonly RecordDraft[], more: Partial<ActDraft> = {}): ActDraft => ({
  act: 'log-cpd',
  people: 1,
  changes,
  by: consentOf('radiologist'),
  ...more,
});
