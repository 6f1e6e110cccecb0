import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { EntryDraft, EntryFacts } from './log-entry.ts';
import type { Principal } from './principal.ts';
import type { RegisterProposal } from './register-proposal.ts';
import type { Practitioner } from './register.ts';

/** A proposal that somebody takes back. */
interface WithdrawnAct {
  readonly proposal: Pick<RegisterProposal, 'digest' | 'act' | 'consents'>;
  readonly principal: Principal;
  readonly person: Practitioner;
  readonly requestId: string;
}

/**
 * How the case log says that a proposal was taken back, and by whom: beside them only who had proposed it, as in the entries of what was
 * applied. The id follows from the proposal and the session, so that an attempt that was cut off and made again is one entry, and somebody
 * else's is another: the session's own handle stands in for the person, whom an id must not name.
 */
export function withdrawnActEntry({ proposal, principal, person, requestId }: WithdrawnAct): EntryDraft {
  const [first] = proposal.consents;
  const attempt = canonicalJson([proposal.digest, principal.sessionRef]);
  return {
    id: `act-withdrawn:${createHash('sha256').update(attempt, 'utf8').digest('hex')}`,
    kind: 'register.change',
    requestId,
    facts: {
      auth: { method: principal.method, assurance: principal.assurance, at: principal.authenticatedAt },
      change: { kind: 'act', action: 'withdrawn', act: proposal.act, proposal: proposal.digest },
    },
    personal: {
      user: person.id,
      subject: principal.subject,
      ...(first === undefined ? {} : { signer: first.practitioner }),
    },
    retainClass: 'register',
  };
}

/** Digest of the proposal whose withdrawal an entry tells of; undefined for entries about anything else. */
export function withdrawnProposal({ change }: EntryFacts): string | undefined {
  const { kind, action, proposal } = change ?? {};
  return kind === 'act' && action === 'withdrawn' && typeof proposal === 'string' ? proposal : undefined;
}
