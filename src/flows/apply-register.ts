import type { EntryDraft, EntryFacts } from '../domain/log-entry.ts';
import type { RegisterChange, RegisterProposal } from '../domain/register-proposal.ts';
import type { CaseLogAppender, RegisterProposals } from './ports.ts';

interface Deps {
  readonly register: Pick<RegisterProposals, 'begin' | 'commit'>;
  readonly caseLog: CaseLogAppender;
}

/** Entries on their way at once: the log commits them in groups, and must not be flooded. */
const BATCH = 200;

/**
 * Applies a proposal that enough people agreed to. Each change first stands in the case log, durable, under an id that follows
 * from the proposal; then all records are written in one step and are in force. Cut off anywhere it is simply called again, for
 * this proposal or any other: what is in the log stays one entry, and what was begun is finished before anything else.
 * Resolves to the proposal as it waits where the register is no longer the one it was judged by (`judgedAt`, a sequence).
 * Throws GatewayError('not-found' | 'conflict'), CaseLogUnavailable, RegisterUnavailable.
 */
export async function applyRegister(
  deps: Deps,
  input: { readonly digest: string; readonly judgedAt?: number },
): Promise<RegisterProposal> {
  for (;;) {
    const proposal = await deps.register.begin(input.digest, input.judgedAt);
    if (proposal.state === 'pending') return proposal;
    const applied = proposal.state === 'applied' ? proposal : await writeDown(deps, proposal);
    if (applied.digest === input.digest) return applied;
  }
}

async function writeDown(deps: Deps, proposal: RegisterProposal): Promise<RegisterProposal> {
  const drafts = proposal.changes.map((change, place) => draftOf(proposal, change, place));
  const logSeqs: number[] = [];
  for (let first = 0; first < drafts.length; first += BATCH) {
    const batch = drafts.slice(first, first + BATCH);
    const receipts = await Promise.all(batch.map((draft) => deps.caseLog.append(draft)));
    logSeqs.push(...receipts.map(({ seq }) => seq));
  }
  return await deps.register.commit({ digest: proposal.digest, logSeqs });
}

function draftOf(proposal: RegisterProposal, change: RegisterChange, place: number): EntryDraft {
  const [signer, cosigner] = proposal.consents;
  return {
    id: `register:${proposal.digest}:${String(place)}`,
    kind: change.entry,
    facts: factsOf(proposal, change),
    personal: {
      ...(change.person === undefined ? {} : { user: change.person }),
      ...(signer === undefined ? {} : { signer: signer.practitioner }),
      ...(cosigner === undefined ? {} : { cosigner: cosigner.practitioner }),
    },
    retainClass: 'register',
  };
}

/** Whom a change is about is personal, so it stands as a commitment: a practitioner's own record has no id beside it. */
function factsOf(proposal: RegisterProposal, change: RegisterChange): EntryFacts {
  const { kind, id, action, digest, model } = change;
  const [first] = proposal.consents;
  return {
    ...(model === undefined ? {} : { model }),
    ...(first === undefined
      ? {}
      : { auth: { method: first.method, assurance: first.assurance, at: first.authenticatedAt } }),
    change: {
      kind,
      action,
      ...(kind === 'practitioner' ? {} : { id }),
      digest,
      act: proposal.act,
      proposal: proposal.digest,
      ...stateFacts(proposal),
      ...(proposal.signedBy.length === 0 ? {} : { administrators: proposal.signedBy, keys: proposal.keys }),
    },
  };
}

/** What the register is held against when it is next read: the hash over all of it, before and after, and when it was recorded. */
function stateFacts({ heads, recordedAt }: RegisterProposal): NonNullable<EntryFacts['change']> {
  return {
    ...(heads === undefined ? {} : { before: heads.before, head: heads.after }),
    ...(recordedAt === undefined ? {} : { recordedAt }),
  };
}
