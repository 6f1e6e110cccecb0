import { namesIn } from '../domain/profile.ts';
import type { RecordDraft } from '../domain/register-acts.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import type { RegisterSnapshot } from '../domain/register.ts';
import type { ProposedChange, WaitingAct, WaitingDetail } from '../domain/waiting-act.ts';
import { listPendingActs, type PendingAct } from './list-acts.ts';
import type { RegisterActs, RegisterRecords } from './ports-register.ts';
import type { LoginEvidence } from './ports.ts';
import { readProposal } from './read-proposal.ts';
import type { VisitorDeps } from './register-visitor.ts';

interface ListDeps extends VisitorDeps {
  readonly register: VisitorDeps['register'] & Pick<RegisterActs, 'pending' | 'draftsOf'>;
}

const WAITING: readonly RegisterProposal['state'][] = ['pending', 'outdated'];
/** An import can hold tens of thousands of records; more than these nobody reads one by one. */
const MAX_SHOWN = 100;

/**
 * What waits for a second person, in the order in which it was proposed.
 * Throws NotIdentified, GatewayError('not-permitted'), RegisterUnavailable.
 */
export async function listWaiting(
  deps: ListDeps,
  input: { readonly evidence: LoginEvidence },
  signal: AbortSignal,
): Promise<readonly WaitingAct[]> {
  const pending = await listPendingActs(deps, input, signal);
  const register = deps.register.snapshot();
  return pending.map((one) => waitingOf(register, one));
}

interface DetailDeps extends ListDeps {
  readonly register: ListDeps['register'] & Pick<RegisterRecords, 'find'> & Pick<RegisterActs, 'proposal'>;
}

/**
 * One thing that waits, with each record as it stands and as it would stand; at most a hundred of them. One that was
 * confirmed or withdrawn meanwhile is told as what it wrote, or would have written.
 * Throws NotIdentified, GatewayError('not-permitted' | 'not-found'), RegisterUnavailable.
 */
export async function readWaiting(
  deps: DetailDeps,
  { evidence, digest }: { readonly evidence: LoginEvidence; readonly digest: string },
  signal: AbortSignal,
): Promise<WaitingDetail> {
  const wanted = await readProposal(deps, { evidence, digest }, signal);
  const register = deps.register.snapshot();
  const changes: ProposedChange[] = [];
  const isWaiting = WAITING.includes(wanted.proposal.state);
  for (const draft of wanted.drafts.slice(0, MAX_SHOWN)) {
    changes.push(await changeOf(draft, isWaiting ? deps.register : undefined));
  }
  const mentioned = changes.flatMap(({ before, after }) => [...textsIn(before), ...textsIn(after)]);
  return { ...waitingOf(register, wanted), changes, names: namesIn(register, mentioned) };
}

function waitingOf(register: RegisterSnapshot, { proposal, ...pending }: PendingAct): WaitingAct {
  const { digest, act, proposedAt, changes, consents, signedBy, state } = proposal;
  const people = [...new Set(changes.flatMap(({ person }) => (person === undefined ? [] : [person])))];
  const wanting = [...consents.map(({ practitioner }) => practitioner), ...signedBy];
  const names = namesIn(register, [...people, ...wanting]);
  const named = (id: string): string => names[id] ?? id;
  const { mayConfirm, mayWithdraw, reasons } = pending;
  return {
    digest,
    act,
    proposedAt,
    by: wanting.map(named),
    about: people.map(named),
    size: changes.length,
    state,
    mayConfirm,
    mayWithdraw,
    reasons,
  };
}

/** With the record as it stands, where it is still to be changed. */
async function changeOf(
  draft: RecordDraft,
  standing: Pick<RegisterRecords, 'find'> | undefined,
): Promise<ProposedChange> {
  const { kind, id } = draft;
  const record = (await standing?.find(kind, id))?.record;
  const before = record === undefined ? {} : { before: record };
  return 'removed' in draft
    ? { kind, id, ...before, reason: draft.reason }
    : { kind, id, ...before, after: draft.record };
}

/** Every text that stands directly in a record; those that are identifiers of people get their names. */
function textsIn(record: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  return Object.values(record ?? {}).filter((value) => typeof value === 'string');
}
