import { GatewayError, RegisterUnavailable } from '../domain/errors.ts';
import { isAgreed } from '../domain/is-agreed.ts';
import type { RegisterProposal } from '../domain/register-proposal.ts';
import { createTurns } from '../domain/turns.ts';
import type { RegisterProposals } from '../flows/ports.ts';
import { checkRecords } from './check-records.ts';
import { describeProposal, findProposal, isOutdated, type KnownProposal } from './describe-proposal.ts';
import { typedChanges } from './proposed-changes.ts';
import { describeFaults } from './record-fault.ts';
import { refuseSettled } from './refuse-settled.ts';
import type { RegisterParts } from './register-parts.ts';

/** Taking proposals into force, one at a time. */
export function createApplication(parts: RegisterParts): Pick<RegisterProposals, 'begin' | 'commit'> {
  // Nothing is applied between a proposal's check and its mark.
  const alone = createTurns();
  return {
    begin: (digest) => alone(() => begin(parts, digest)),
    commit: (applied) => alone(() => commit(parts, applied)),
  };
}

async function begin(parts: RegisterParts, digest: string): Promise<RegisterProposal> {
  const { proposals } = parts.store;
  const known = await findProposal(parts, digest);
  if (known.described.state === 'applied') return known.described;
  if (known.described.state !== 'applying') refuseSettled(known.described);
  const begun = await proposals.begun();
  if (begun !== undefined) return believeBegun(parts, await describeProposal(parts, begun));
  refuseIncomplete(known.described);
  refuseUnfit(parts, known);
  await proposals.markBegun(digest, parts.clock.nowMs());
  const { described } = await findProposal(parts, digest);
  // Another process may have begun another one, or taken this one back, since we looked.
  return described.state === 'applying' ? described : await begin(parts, digest);
}

/** Nothing is begun before enough people agreed to it, nor after its records have been written: else somebody wrote the mark. */
function believeBegun({ loaded }: RegisterParts, { proposal, described }: KnownProposal): RegisterProposal {
  if (isAgreed(described) && !isOutdated(proposal, loaded().live)) return described;
  throw new RegisterUnavailable(
    'What is marked as begun in the register’s tables is nothing that people agreed to. Tell IT; nothing can be changed until then.',
  );
}

function refuseIncomplete(proposal: RegisterProposal): void {
  if (isAgreed(proposal)) return;
  const detail =
    proposal.consents.length === 0
      ? 'This proposal wants the signatures of two administrators.'
      : 'A second person has to confirm this.';
  throw new GatewayError('conflict', { detail });
}

/** It fitted the register when it was made; the register may have gone on. */
function refuseUnfit({ loaded, policy, clock }: RegisterParts, { proposal }: KnownProposal): void {
  const changes = typedChanges(proposal);
  const faults = checkRecords({ changes, live: loaded().live, policy, now: clock.nowMs() });
  if (faults.length === 0) return;
  const lines = [
    'This no longer fits the register as it stands. Propose it anew.',
    ...describeFaults(faults),
  ];
  throw new GatewayError('conflict', { detail: lines.join('\n') });
}

async function commit(
  parts: RegisterParts,
  { digest, logSeqs }: Parameters<RegisterProposals['commit']>[0],
): Promise<RegisterProposal> {
  const { stored, proposal, described } = await findProposal(parts, digest);
  if (stored.appliedAt !== undefined) return described;
  const recordedAt = stored.startedAt;
  if (recordedAt === undefined || logSeqs.length !== proposal.changes.length) {
    throw new GatewayError('internal', {
      detail: 'a proposal is committed after begin, with one entry for each change',
    });
  }
  const { live, chain } = parts.loaded();
  const changes = typedChanges(proposal);
  await parts.store.records.write({
    proposal,
    first: live.sequence() + 1,
    places: changes.map(({ kind, id }, place) => ({
      logSeq: logSeqs[place] ?? 0,
      replaces: live.lastTouched(kind, id),
    })),
    recordedAt,
    appliedAt: parts.clock.nowMs(),
  });
  for (const change of changes) live.apply(change, recordedAt);
  chain.take(proposal.changes.map(({ body }) => ({ body, recordedAt })));
  const { heads } = described;
  const applied = (await findProposal(parts, digest)).described;
  return heads === undefined ? applied : { ...applied, heads };
}
