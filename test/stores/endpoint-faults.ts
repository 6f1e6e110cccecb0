/** A faulty import file: its text, and how the fault is told. */
interface FaultRow {
  readonly name: string;
  readonly text: string;
  readonly fault: string;
}

type Write = (fields: Readonly<Record<string, unknown>>) => string;

const ENDPOINT = 'http://127.0.0.1:9';
const AT = 'modelVersions.0.endpoints.0';

/** What cannot be said of how an endpoint proves its version; `write` makes a file of an endpoint with these members. */
export function attestationFaults(write: Write): readonly FaultRow[] {
  const nameOnly = { baseUrl: ENDPOINT, signedBy: 'lead' };
  return [
    {
      name: 'a checksum of an endpoint that has none',
      text: write({ attestation: 'checksum' }),
      fault: `${AT}.attestation: oip-v2 has reply, metadata, name-only only`,
    },
    {
      name: 'a reply of an endpoint whose replies name nothing',
      text: write({ protocol: 'monai-label' }),
      fault: `${AT}.attestation: monai-label has checksum, name-only only`,
    },
    {
      name: 'a served name without the version',
      text: write({ protocol: 'openai-chat' }),
      fault: `${AT}.attestation: the served name does not end in the version, so its replies say none`,
    },
    {
      name: 'a checksum beside another proof',
      text: write({ attestedChecksum: `sha256:${'a'.repeat(64)}` }),
      fault: `${AT}.attestedChecksum: stands only where the attestation is checksum`,
    },
    {
      name: 'a signature beside another proof',
      text: write({ nameOnly }),
      fault: `${AT}.nameOnly: stands only where the attestation is name-only`,
    },
    {
      name: 'a signature of nobody',
      text: write({ attestation: 'name-only', nameOnly: { baseUrl: ENDPOINT } }),
      fault: `${AT}.nameOnly.signedBy: `,
    },
  ];
}

/** What cannot be said of a lock; `write` makes a file of a stop-use with these members. */
export function lockFaults(write: Write): readonly FaultRow[] {
  const endpoint = ENDPOINT;
  const by = 'countersign:gateway';
  const named = { model: 'lung-nodule', version: '2.1.0' };
  const alone =
    'stopUses.0.endpoint: an endpoint stands exactly where countersign:gateway called the stop-use';
  return [
    {
      name: 'an endpoint of no version',
      text: write({ ...named, version: undefined, endpoint, by }),
      fault: 'stopUses.0.endpoint: an endpoint needs its version',
    },
    { name: 'an endpoint stopped by a person', text: write({ ...named, endpoint }), fault: alone },
    { name: 'everything stopped by the gateway', text: write({ by }), fault: alone },
  ];
}
