import { unknownVersion } from './act-approval.ts';
import type { ActFinding } from './act-finding.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { parseModelName, parseVersion } from './identifiers.ts';
import { judgeLife, stateAfter } from './model-life.ts';
import { bringsSignature } from './name-only-signature.ts';
import { modelVersionText, recordText, type RecordText } from './record-text.ts';
import type { ModelVersion, RegisterSnapshot } from './register.ts';
import { statedInputs } from './stated-inputs.ts';
import { changedVersionText, frozenDifferences } from './version-change.ts';

/** Registering model versions, changing what the register says of them, and retiring them. */
export const MODEL_OUTLINES: ActOutlines<'register-model' | 'change-model' | 'retire-model'> = {
  'register-model': outlineRegistration,
  'change-model': outlineChange,
  'retire-model': outlineRetirement,
};

function outlineRegistration(
  { modelVersion }: ActNamed<'register-model'>,
  { register }: ActMatter,
): ActOutline {
  const { model, version, state, releases, retiredAt, ...said } = modelVersion;
  const findings: ActFinding[] = [];
  if (findVersion(modelVersion, register) !== undefined) {
    findings.push({ code: 'exists-already', facts: { detail: `${model} ${version}` } });
  }
  const isBeyond = (state ?? 'registered') !== 'registered' || retiredAt !== undefined || !isEmpty(releases);
  if (isBeyond || bringsSignature(modelVersion, undefined))
    findings.push({ code: 'life-by-other-act', facts: { detail: `${model} ${version}` } });
  const record = statedInputs({ model, version, ...said, state: 'registered', releases: [] });
  return { findings, changes: [versionDraft(record, { model, version })] };
}

function isEmpty(releases: unknown): boolean {
  return releases === undefined || (Array.isArray(releases) && releases.length === 0);
}

function outlineChange({ modelVersion }: ActNamed<'change-model'>, { register }: ActMatter): ActOutline {
  const { model, version } = modelVersion;
  const known = findVersion(modelVersion, register);
  if (known === undefined) return nothingBut({ code: 'unknown-model-version', facts: { model, version } });
  const record = changedVersionText(known, statedInputs(modelVersion));
  const frozen = frozenDifferences(known, record);
  return {
    findings: [
      ...judgeLife('change-model', known),
      ...(frozen.length === 0 ? [] : [anotherVersion(known, frozen)]),
      ...(bringsSignature(modelVersion, known)
        ? [{ code: 'life-by-other-act', facts: { detail: `${model} ${version}` } } as const]
        : []),
    ],
    changes: [versionDraft(record, known)],
  };
}

function outlineRetirement(act: ActNamed<'retire-model'>, { register, now }: ActMatter): ActOutline {
  const known = register.modelVersion(act.model, act.version);
  if (known === undefined) return nothingBut(unknownVersion(act));
  const state = stateAfter('retire-model', known.state);
  const retired: ModelVersion = { ...known, state, retiredAt: now, retiredBecause: act.reason };
  return {
    findings: judgeLife('retire-model', known),
    changes: [versionDraft(modelVersionText(retired), known)],
  };
}

/** That what has been tested would become something else. */
export function anotherVersion(known: ModelVersion, frozen: readonly string[]): ActFinding {
  const { model, version } = known;
  return { code: 'another-version', facts: { model, version, detail: frozen.join(', ') } };
}

/** A record of a model version as it is to be written. */
export function versionDraft(
  record: RecordText,
  { model, version }: { readonly model: string; readonly version: string },
): ActOutline['changes'][number] {
  return { kind: 'model-version', id: `${model}@${version}`, record: recordText(record) };
}

/** The version in the register that a record's words name. */
export function findVersion(
  named: { readonly model?: unknown; readonly version?: unknown },
  register: RegisterSnapshot,
): ModelVersion | undefined {
  const model = typeof named.model === 'string' ? parseModelName(named.model) : undefined;
  const version = typeof named.version === 'string' ? parseVersion(named.version) : undefined;
  return model === undefined || version === undefined ? undefined : register.modelVersion(model, version);
}
