import { unknownVersion } from './act-approval.ts';
import type { ActFinding } from './act-finding.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { versionDraft } from './act-model.ts';
import type { Written } from './act-reading.ts';
import { judgeLife } from './model-life.ts';
import { isToBeSigned } from './name-only-signature.ts';
import { comparable, modelVersionText } from './record-text.ts';
import type { EndpointBinding, ModelVersion } from './register.ts';

/** Signing for an endpoint that proves no version, by two people; which two is the policy's to say. */
export const NAME_ONLY_OUTLINES: ActOutlines<'sign-name-only'> = { 'sign-name-only': outlineSigning };

/** Whoever asks for it stands in the record; whoever confirms it, in the register's own history. */
function outlineSigning(act: ActNamed<'sign-name-only'>, { actor, register }: ActMatter): ActOutline {
  const known = register.modelVersion(act.model, act.version);
  if (known === undefined) return nothingBut(unknownVersion(act));
  const endpoints = known.endpoints.map((endpoint) =>
    endpoint.function === act.function
      ? { ...endpoint, nameOnly: { baseUrl: endpoint.baseUrl, signedBy: actor.id } }
      : endpoint,
  );
  return {
    findings: judgeSigning(act, known),
    changes: [versionDraft(modelVersionText({ ...known, endpoints }), known)],
    // Nobody answers alone for what cannot be checked.
    takesTwo: true,
  };
}

function judgeSigning(act: ActNamed<'sign-name-only'>, known: ModelVersion): readonly ActFinding[] {
  const { model, version } = known;
  const endpoint = known.endpoints.find((one) => one.function === act.function);
  if (endpoint === undefined) {
    return [{ code: 'function-not-served', facts: { model, version, detail: act.function } }];
  }
  return [
    ...judgeLife(act.act, known),
    ...(isToBeSigned(endpoint) ? [] : [{ code: 'nothing-to-change' } as const]),
  ];
}

/** The act that wrote a version's record: the endpoint that is signed for there and not in the register; undefined for none. */
export function parseNameOnlyAct({ record, register }: Written): ActNamed<'sign-name-only'> | undefined {
  const { model, version, endpoints } = record as unknown as Pick<
    ModelVersion,
    'model' | 'version' | 'endpoints'
  >;
  const before = register.modelVersion(model, version);
  const signed = endpoints.find((one) => isNew(one, before));
  return signed && { act: 'sign-name-only', model, version, function: signed.function };
}

function isNew({ function: fn, nameOnly }: EndpointBinding, before: ModelVersion | undefined): boolean {
  const then = before?.endpoints.find((one) => one.function === fn)?.nameOnly;
  return nameOnly !== undefined && comparable(nameOnly) !== comparable(then ?? null);
}
