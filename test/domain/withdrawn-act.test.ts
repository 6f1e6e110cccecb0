import type { EntryFacts } from '../../src/domain/log-entry.ts';
import { withdrawnActEntry, withdrawnProposal } from '../../src/domain/withdrawn-act.ts';
import { aPrincipal, aPractitioner } from '../fakes/register-builder.ts';

const PROPOSAL = { digest: 'sha256:ab', act: 'declare', consents: [] } as const;

test('the entry of a withdrawal names the proposal it is read back from', () => {
  const { facts, personal } = withdrawnActEntry({
    proposal: PROPOSAL,
    principal: aPrincipal(),
    person: aPractitioner(),
    requestId: 'r-1',
  });
  expect(withdrawnProposal(facts)).toBe(PROPOSAL.digest);
  expect(personal).not.toHaveProperty('signer');
});

test.each<[string, EntryFacts]>([
  ['about no change', {}],
  ['about an import', { change: { kind: 'register', action: 'withdrawn', proposal: 'sha256:ab' } }],
  ['about what was applied', { change: { kind: 'act', action: 'applied', proposal: 'sha256:ab' } }],
  ['that names no proposal', { change: { kind: 'act', action: 'withdrawn' } }],
])('an entry %s tells of no withdrawal', (_name, facts) => {
  expect(withdrawnProposal(facts)).toBeUndefined();
});
