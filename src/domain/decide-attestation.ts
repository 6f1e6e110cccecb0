import type { Finding } from './finding.ts';
import { namesOf, type Matter } from './matter.ts';

/**
 * At release, whether the endpoint says that exactly this model and version answered, in its own spelling. Whatever it says
 * must be right; it must say the model, and the version too unless the binding settles for `name-only`.
 */
export function judgeAttestation({ question, binding }: Matter): readonly Finding[] {
  const { attested } = question;
  if (attested === undefined || binding === undefined) return [];
  const facts = namesOf(question);
  const isWrong = (said: string | undefined, wanted: string): boolean =>
    said !== undefined && said !== wanted;
  if (isWrong(attested.model, binding.endpointModel) || isWrong(attested.version, binding.endpointVersion)) {
    const said = `it names ${attested.model ?? 'no model'} version ${attested.version ?? 'none'}`;
    return [{ code: 'attestation-mismatch', facts: { ...facts, detail: said } }];
  }
  const versionSaid = binding.attestation === 'name-only' || attested.version !== undefined;
  return attested.model !== undefined && versionSaid ? [] : [{ code: 'attestation-missing', facts }];
}
