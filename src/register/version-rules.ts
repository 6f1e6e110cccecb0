import { ATTESTATIONS_OF, saysVersion } from '../domain/attested.ts';
import { DOSE_PROTOCOLS } from '../domain/dose.ts';
import type { EndpointBinding } from '../domain/register.ts';
import type { ModelState } from '../domain/words.ts';
import { fault, isBefore, type Rule, type Window } from './record-rules.ts';

type EndpointFields = Pick<
  EndpointBinding,
  'function' | 'protocol' | 'attestation' | 'endpointModel' | 'endpointVersion'
> & {
  readonly attestedChecksum?: string;
  readonly nameOnly?: unknown;
  readonly doseOutputs?: readonly { readonly output: string }[];
  readonly writes?: unknown;
};

interface VersionFields {
  readonly state: ModelState;
  readonly releases: readonly Window[];
  readonly retiredAt?: string;
  readonly intendedUse: {
    readonly minAgeYears?: number;
    readonly maxAgeYears?: number;
    readonly minSliceThicknessMm?: number;
    readonly maxSliceThicknessMm?: number;
    readonly minKvp?: number;
    readonly maxKvp?: number;
  };
  readonly endpoints: readonly EndpointFields[];
}

/** A version's state, releases and retirement agree; its endpoints serve one function each. */
export const modelVersionRules: Rule<VersionFields> = (record, report) => {
  lifeRules(record, report);
  useRules(record.intendedUse, report);
  const functions = record.endpoints.map((endpoint) => endpoint.function);
  for (const [place, name] of functions.entries()) {
    if (functions.indexOf(name) !== place) {
      fault(report, ['endpoints', place, 'function'], `${name} is served by two endpoints`);
    }
  }
  for (const [place, endpoint] of record.endpoints.entries()) {
    attestationRules({ endpoint, place }, report);
    doseRules({ endpoint, place }, report);
    // One of before must still be able to go.
    if (record.state === 'retired') continue;
    namingRules({ endpoint, place }, report);
    askingRules({ endpoint, place }, report);
  }
};

/** How a version is proved is something that the dialect has, and what belongs to one kind of proof stands with no other. */
const attestationRules: Rule<{ readonly endpoint: EndpointFields; readonly place: number }> = (
  { endpoint, place },
  report,
) => {
  const { protocol, attestation } = endpoint;
  const at = (field: string, message: string): void => fault(report, ['endpoints', place, field], message);
  const possible = ATTESTATIONS_OF[protocol];
  if (!possible.includes(attestation)) at('attestation', `${protocol} has ${possible.join(', ')} only`);
  const isSilent = attestation === 'reply' && protocol === 'openai-chat' && !saysVersion(endpoint);
  if (isSilent) at('attestation', 'the served name does not end in the version, so its replies say none');
  for (const [field, kind] of BELONGS_TO) {
    if (endpoint[field] !== undefined && attestation !== kind) {
      at(field, `stands only where the attestation is ${kind}`);
    }
  }
};

const BELONGS_TO = [
  ['attestedChecksum', 'checksum'],
  ['nameOnly', 'name-only'],
] as const;

/** Doses are read from tensors, or from an answer's JSON, and held against levels where a protocol is recommended; no output gives two. */
const doseRules: Rule<{ readonly endpoint: EndpointFields; readonly place: number }> = (
  { endpoint, place },
  report,
) => {
  const { protocol, function: fn, doseOutputs } = endpoint;
  if (doseOutputs === undefined) return;
  const path = ['endpoints', place, 'doseOutputs'];
  if (!DOSE_PROTOCOLS.includes(protocol) || fn !== 'protocol-recommendation') {
    fault(report, path, 'stand only where protocol-recommendation is served by oip-v2 or monai-label');
  }
  const names = doseOutputs.map(({ output }) => output);
  if (new Set(names).size !== names.length) fault(report, path, 'an output is named twice');
};

/**
 * What recommends a protocol recommends a dose: one that could not be held against a level would be let out unflagged. An object is made of a
 * score, a finding or a mask, and a chat holds none of them.
 */
const namingRules: Rule<{ readonly endpoint: EndpointFields; readonly place: number }> = (
  { endpoint: { protocol, function: fn, doseOutputs, writes }, place },
  report,
) => {
  const at = (field: string, message: string): void => fault(report, ['endpoints', place, field], message);
  const isRead = DOSE_PROTOCOLS.includes(protocol);
  if (fn === 'protocol-recommendation' && !isRead) {
    at('protocol', 'no dose is read from it: serve protocol-recommendation by oip-v2 or monai-label');
  } else if (fn === 'protocol-recommendation' && doseOutputs === undefined) {
    at('doseOutputs', 'protocol-recommendation recommends a dose: name each output that says one');
  }
  if (writes !== undefined && protocol === 'openai-chat') {
    at('writes', 'no object can be made of a text: leave it out, or serve the function by another protocol');
  }
};

/** Only a chat has a place that says whose records are asked about. */
const askingRules: Rule<{ readonly endpoint: EndpointFields; readonly place: number }> = (
  { endpoint: { protocol, function: fn }, place },
  report,
) => {
  if (fn !== 'record-query' || protocol === 'openai-chat') return;
  fault(report, ['endpoints', place, 'protocol'], 'record-query is asked in a chat: serve it by openai-chat');
};

/** Ages end before their upper limit; both limits of a series are part of the use, so that they may be the same. */
const useRules: Rule<VersionFields['intendedUse']> = (use, report) => {
  const { minAgeYears = 0, maxAgeYears = Infinity } = use;
  if (minAgeYears >= maxAgeYears) fault(report, ['intendedUse', 'maxAgeYears'], 'must be above minAgeYears');
  for (const [lower, upper] of SERIES_LIMITS) {
    if ((use[lower] ?? 0) > (use[upper] ?? Infinity)) {
      fault(report, ['intendedUse', upper], `must not be below ${lower}`);
    }
  }
};

const SERIES_LIMITS = [
  ['minSliceThicknessMm', 'maxSliceThicknessMm'],
  ['minKvp', 'maxKvp'],
] as const;

const lifeRules: Rule<VersionFields> = ({ state, releases, retiredAt }, report) => {
  const isReleased = state === 'released';
  // One may be retired that never was released.
  if (state !== 'retired' && isReleased !== releases.length > 0) {
    fault(
      report,
      ['releases'],
      `a version in state ${state} has ${isReleased ? 'at least one' : 'no'} release`,
    );
  }
  if ((state === 'retired') !== (retiredAt !== undefined)) {
    fault(report, ['state'], 'retiredAt stands exactly where the state is retired');
  }
  for (const [place, { from, until }] of releases.entries()) {
    if (until !== undefined && !isBefore(from, until)) {
      fault(report, ['releases', place, 'until'], 'must be later than from');
    }
  }
};
