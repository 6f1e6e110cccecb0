import type { PractitionerId } from '../../src/domain/identifiers.ts';
import type { Evidence } from '../../src/domain/register.ts';
import { currentEvidence } from '../fakes/register-builder.ts';

/** Everything that earns the award of an RC-AI but the award, its OSCE marked by two people. */
export function earnedAward(practitioner: PractitionerId): readonly Evidence[] {
  return currentEvidence(practitioner)
    .filter(({ type }) => type !== 'award')
    .map((piece) =>
      piece.type === 'osce-high-stakes-caldicott' ? { ...piece, attestedBy: 'Caldicott Guardian' } : piece,
    );
}
