import type { Question } from './decision.ts';
import { NO_FINDINGS, type Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';
import type { EndpointBinding } from './register.ts';

/**
 * At release, whether the endpoint says that exactly this model and version answered, in its own spelling. Whatever it says
 * must be right; it must say the model, and the version too unless the binding settles for `name-only`.
 */
export function judgeAttestation(matter: Matter): readonly Finding[] {
  const { binding } = matter;
  const { attested } = matter.question;
  if (attested === undefined || binding === undefined) return NO_FINDINGS;
  if (isWrong(attested, binding)) {
    return [{ code: 'attestation-mismatch', facts: { ...namesOf(matter), detail: spoken(attested) } }];
  }
  const versionSaid = binding.attestation === 'name-only' || attested.version !== undefined;
  if (attested.model !== undefined && versionSaid) return NO_FINDINGS;
  return [{ code: 'attestation-missing', facts: namesOf(matter) }];
}

type Attested = NonNullable<Question['attested']>;

/** Silence is not wrong, it is missing. */
function isWrong({ model, version }: Attested, { endpointModel, endpointVersion }: EndpointBinding): boolean {
  const differs = (said: string | undefined, wanted: string): boolean =>
    said !== undefined && said !== wanted;
  return differs(model, endpointModel) || differs(version, endpointVersion);
}

/** A foreign text, so it is kept short. */
function spoken({ version }: Attested): string {
  return version === undefined ? 'it names another model' : `it names version ${version.slice(0, 64)}`;
}
