import { GATEWAY } from '../../src/domain/endpoint-lock.ts';
import { aBinding, aModelVersion, aNameOnlyBinding, MODEL, NOW, VERSION } from '../fakes/register-builder.ts';
import { versions, type ReasonRow } from './reason-given.ts';

const aLock = { model: MODEL, version: VERSION, endpoint: aBinding().baseUrl };
const SUM = `sha256:${'c'.repeat(64)}`;
const OTHER_SUM = `sha256:${'b'.repeat(64)}`;
const byMetadata = versions({ endpoints: [aBinding({ attestation: 'metadata' })] });
const byChecksum = versions({
  endpoints: [aBinding({ protocol: 'monai-label', attestation: 'checksum', attestedChecksum: SUM })],
});
const byServedName = versions({
  endpoints: [aBinding({ protocol: 'openai-chat', endpointModel: 'drafter-3', endpointVersion: '3' })],
});
const right = { model: 'nodules', version: '3' };

/** Each thing that can be wrong with what answered, by each way there is to prove it. */
export const ATTESTATION_ROWS: readonly ReasonRow[] = [
  {
    name: 'the endpoint names another version',
    code: 'attestation-mismatch',
    question: { attested: { model: 'nodules', version: '4' } },
  },
  {
    name: 'the endpoint names another model',
    code: 'attestation-mismatch',
    question: { attested: { model: 'nodes' } },
  },
  {
    name: 'the endpoint names no version',
    code: 'attestation-missing',
    question: { attested: { model: 'nodules' } },
  },
  { name: 'the endpoint names nothing', code: 'attestation-missing', question: { attested: {} } },
  {
    name: 'name-only, and nobody signed for it',
    code: 'name-only-unsigned',
    parts: versions({ endpoints: [aBinding({ attestation: 'name-only' })] }),
  },
  {
    name: 'name-only, signed for at another address',
    code: 'name-only-unsigned',
    parts: versions({ endpoints: [aNameOnlyBinding({ baseUrl: 'http://127.0.0.1:10' })] }),
  },
  {
    name: 'name-only, and the endpoint names nothing',
    code: 'attestation-missing',
    question: { attested: {} },
    parts: versions({ endpoints: [aNameOnlyBinding()] }),
  },
  {
    name: 'name-only in chat, and the endpoint names another',
    code: 'attestation-mismatch',
    question: { protocol: 'openai-chat', attested: { model: 'nodes' } },
    parts: versions({ endpoints: [aNameOnlyBinding({ protocol: 'openai-chat' })] }),
  },
  {
    name: 'metadata that names another version, whatever the reply says',
    code: 'attestation-mismatch',
    question: { attested: { ...right, metadata: { model: 'nodules', version: '4' } } },
    parts: byMetadata,
  },
  {
    name: 'a reply that names another version, whatever the metadata says',
    code: 'attestation-mismatch',
    question: { attested: { model: 'nodules', version: '4', metadata: right } },
    parts: byMetadata,
  },
  {
    name: 'metadata that was not said',
    code: 'attestation-missing',
    question: { attested: right },
    parts: byMetadata,
  },
  {
    name: 'metadata without a version',
    code: 'attestation-missing',
    question: { attested: { metadata: { model: 'nodules' } } },
    parts: byMetadata,
  },
  {
    name: 'other weights before the call',
    code: 'attestation-mismatch',
    question: { attested: { checksum: OTHER_SUM, after: SUM } },
    parts: byChecksum,
  },
  {
    name: 'other weights after the call',
    code: 'attestation-mismatch',
    question: { attested: { checksum: SUM, after: OTHER_SUM } },
    parts: byChecksum,
  },
  {
    name: 'a checksum before the call only',
    code: 'attestation-missing',
    question: { attested: { checksum: SUM } },
    parts: byChecksum,
  },
  {
    name: 'a checksum after the call only',
    code: 'attestation-missing',
    question: { attested: { after: SUM } },
    parts: byChecksum,
  },
  {
    name: "the version's digest, where the binding knows the weights by another checksum",
    code: 'attestation-mismatch',
    question: { attested: { checksum: aModelVersion().digest, after: aModelVersion().digest } },
    parts: byChecksum,
  },
  {
    name: 'another served name',
    code: 'attestation-mismatch',
    question: { attested: { model: 'drafter-4' } },
    parts: byServedName,
  },
  {
    name: 'a served name that carries no version, by the rules of a register before',
    code: 'attestation-missing',
    question: { attested: { model: 'drafter' } },
    parts: versions({ endpoints: [aBinding({ protocol: 'openai-chat', endpointModel: 'drafter' })] }),
  },
  {
    name: 'a lock on the version at its endpoint',
    code: 'stop-use',
    parts: { stopUses: [{ id: 'S-lock', ...aLock, from: NOW, reason: 'unproved', by: GATEWAY }] },
  },
];

/** What is proof enough, by each way. */
export const ATTESTED_ROWS: readonly Omit<ReasonRow, 'code'>[] = [
  {
    name: 'the endpoint attests what it should',
    question: { attested: { model: 'nodules', version: '3' } },
  },
  {
    name: 'metadata that names model and version',
    question: { attested: { metadata: { model: 'nodules', version: '3' } } },
    parts: versions({ endpoints: [aBinding({ attestation: 'metadata' })] }),
  },
  {
    name: 'the registered weights before and after',
    question: { attested: { checksum: aModelVersion().digest, after: aModelVersion().digest } },
    parts: versions({ endpoints: [aBinding({ protocol: 'monai-label', attestation: 'checksum' })] }),
  },
  {
    name: 'the weights by the checksum that the endpoint has for them',
    question: { attested: { checksum: SUM, after: SUM } },
    parts: versions({
      endpoints: [aBinding({ protocol: 'monai-label', attestation: 'checksum', attestedChecksum: SUM })],
    }),
  },
  {
    name: 'a served name that carries the version',
    question: { attested: { model: 'drafter-3' } },
    parts: versions({ endpoints: [aBinding({ protocol: 'openai-chat', endpointModel: 'drafter-3' })] }),
  },
  {
    name: 'name-only, and the metadata names the model',
    question: { attested: { metadata: { model: 'nodules' } } },
    parts: versions({ endpoints: [aNameOnlyBinding({ protocol: 'monai-label' })] }),
  },
  {
    name: 'a lock on the version at another endpoint',
    parts: {
      stopUses: [
        {
          id: 'S-lock',
          model: MODEL,
          version: VERSION,
          endpoint: 'http://127.0.0.1:10',
          from: NOW,
          reason: 'unproved',
          by: GATEWAY,
        },
      ],
    },
  },
  {
    name: 'name-only in chat, and the endpoint names nothing',
    question: { protocol: 'openai-chat', attested: {} },
    parts: versions({ endpoints: [aNameOnlyBinding({ protocol: 'openai-chat' })] }),
  },
  {
    name: 'name-only, and the endpoint names the model',
    question: { attested: { model: 'nodules' } },
    parts: versions({ endpoints: [aNameOnlyBinding()] }),
  },
];
