import { sealedWhereWanted } from '../domain/co-signature.ts';
import { decide } from '../domain/decide.ts';
import type { ModelName, StudyUid, VersionString } from '../domain/identifiers.ts';
import type { ReasonInstance } from '../domain/reasons.ts';
import type { EndpointFunction, InputSource, Protocol } from '../domain/words.ts';
import { identifyPerson } from './identify-person.ts';
import { studyNeeds } from './study-needs.ts';
import type { Clock, IdentityVerifier, LoginEvidence, RegisterReader, StudyContextReader } from './ports.ts';

interface Deps {
  readonly identity: IdentityVerifier;
  readonly register: RegisterReader;
  readonly studies: StudyContextReader;
  readonly clock: Clock;
}

/** One row per version × function. */
export interface ListedModel {
  readonly model: ModelName;
  readonly version: VersionString;
  readonly title: string;
  readonly function: EndpointFunction;
  readonly input: InputSource;
  /** The dialect in which it is called. */
  readonly protocol: Protocol;
  readonly permitted: boolean;
  readonly reasons: readonly ReasonInstance[];
}

/**
 * What is unlocked for me on this study, and why the rest is not: the same `decide` as the call.
 * Throws NotIdentified, RegisterUnavailable, UpstreamFault, GatewayError('not-found') for a study the PACS does not hold.
 */
export async function listModels(
  deps: Deps,
  input: { readonly evidence: LoginEvidence; readonly study: StudyUid | undefined },
  signal: AbortSignal,
): Promise<readonly ListedModel[]> {
  const caller = await identifyPerson(deps, { evidence: input.evidence, scope: 'ai' }, signal);
  const needs = studyNeeds(deps.register.snapshot().modelVersions());
  const study =
    input.study === undefined ? undefined : await deps.studies.studyContext(input.study, signal, needs);
  const register = deps.register.snapshot();
  const now = deps.clock.nowMs();
  return register.modelVersions().flatMap((known) =>
    known.endpoints.map((endpoint): ListedModel => {
      const { model, version, title } = known;
      const { function: fn, input: kind } = endpoint;
      const sealed = sealedWhereWanted(fn, register.policy);
      const question = { caller, function: fn, model, version, study, input: kind, ...sealed };
      const { permitted, reasons } = decide(question, register, now);
      return {
        model,
        version,
        title,
        function: endpoint.function,
        input: endpoint.input,
        protocol: endpoint.protocol,
        permitted,
        reasons,
      };
    }),
  );
}
