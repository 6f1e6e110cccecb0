import type { Attestation, Protocol, ResultObjectKind } from '../domain/words.ts';

const PROTOCOLS: Readonly<Record<Protocol, string>> = {
  'oip-v2': 'Open Inference Protocol v2',
  'monai-label': 'MONAI Label',
  'openai-chat': 'Chat completions of the OpenAI API',
  torchserve: 'TorchServe',
};

const PROOFS: Readonly<Record<Attestation, string>> = {
  reply: 'Its reply says which version answered',
  metadata: 'Its metadata says which version it serves, asked after each reply',
  checksum: 'The checksum of its weights, asked before and after each call',
  'name-only': 'Only its name says which version answers',
};

const OBJECTS: Readonly<Record<ResultObjectKind, string>> = {
  tid1500: 'Measurement report (TID 1500)',
  segmentation: 'Segmentation',
};

/** The dialect in which an endpoint is called, in words. */
export function protocolText(protocol: Protocol): string {
  return PROTOCOLS[protocol];
}

/** How an endpoint proves its version, in words. */
export function proofText(attestation: Attestation): string {
  return PROOFS[attestation];
}

/** An object that the gateway makes of a result, in words. */
export function resultObjectText(kind: ResultObjectKind): string {
  return OBJECTS[kind];
}
