import type { RegisterRecord } from '../flows/ports-register.ts';
import type { Consent, RegisterProposal } from '../domain/register-proposal.ts';
import type { ImportedCsv } from '../flows/import-csv.ts';
import type { PendingAct } from '../flows/list-acts.ts';

type Json = Readonly<Record<string, unknown>>;

/** A state of a record as the API tells it. */
export function recordAnswer({ recordedAt, ...rest }: RegisterRecord): Json {
  return { ...rest, recordedAt: isoOf(recordedAt) };
}

/** A proposal as the API tells it. */
export function proposalAnswer(proposal: RegisterProposal): Json {
  return {
    ...headAnswer(proposal),
    changes: proposal.changes.map(({ person, ...change }) => ({
      ...change,
      ...(person === undefined ? {} : { practitioner: person }),
    })),
  };
}

/** Something that waits, without the records that it writes: an import can have thousands. */
export function pendingAnswer({ proposal, mayConfirm, mayWithdraw, reasons }: PendingAct): Json {
  return { ...headAnswer(proposal), size: proposal.changes.length, mayConfirm, mayWithdraw, reasons };
}

/** One proposal with what it writes, and what whoever asks may do about it. */
export function readProposalAnswer({ proposal, drafts, mayConfirm, mayWithdraw, reasons }: PendingAct): Json {
  return { ...proposalAnswer(proposal), drafts, mayConfirm, mayWithdraw, reasons };
}

/** What came of a table. */
export function importAnswer({ weighed, reasons, proposal }: ImportedCsv): Json {
  const { kind, added, changed, unchanged, faults } = weighed;
  return {
    kind,
    added,
    changed,
    unchanged,
    faults,
    reasons,
    ...(proposal === undefined ? {} : { proposal: headAnswer(proposal) }),
  };
}

function headAnswer(proposal: RegisterProposal): Json {
  const { digest, act, people, proposedAt, state, signedBy, consents, recordedAt, heads } = proposal;
  return {
    digest,
    act,
    people,
    proposedAt: isoOf(proposedAt),
    state,
    signedBy,
    consents: consents.map(consentAnswer),
    ...(recordedAt === undefined ? {} : { recordedAt: isoOf(recordedAt) }),
    ...(heads === undefined ? {} : { heads }),
  };
}

function consentAnswer({ at, authenticatedAt, ...rest }: Consent): Json {
  return { ...rest, authenticatedAt: isoOf(authenticatedAt), at: isoOf(at) };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
