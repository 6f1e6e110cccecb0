import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { makeKeyPair } from '../../fixtures/sandbox/make-key-pair.ts';
import type { PresentedCertificate } from '../../src/domain/hop.ts';
import type { AuthEvent } from '../../src/identity/auth-event.ts';
import { parseAddressRanges } from '../../src/identity/machines/address-ranges.ts';
import { createMachines, type MachineOptions } from '../../src/identity/machines/create-machines.ts';
import { isMachineKey, newMachineKey } from '../../src/identity/machines/machine-key.ts';
import type { MachineSettings } from '../../src/identity/machines/machine-settings.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const scanner = newMachineKey(randomBytes);
const pacs = newMachineKey(randomBytes);
const certificateDer = new X509Certificate(makeKeyPair('scanner').certificatePem).raw;
const fingerprint = createHash('sha256').update(certificateDer).digest('hex');

const SCANNER: MachineSettings = {
  id: 'scanner',
  purpose: 'ai-results',
  models: [{ model: 'lung-nodule', version: '2.1.0' }],
  addresses: ['10.1.0.0/16', '2001:db8::/48'],
  keyHash: scanner.keyHash,
  certificateFingerprints: [fingerprint.toUpperCase()],
};
const PACS: MachineSettings = {
  id: 'pacs',
  purpose: 'pacs-events',
  models: [],
  addresses: ['10.2.3.4'],
  keyHash: `${pacs.keyHash}\n`,
};

function house(changes: Partial<MachineOptions> = {}) {
  const events: AuthEvent[] = [];
  let now = Date.now();
  const machines = createMachines({
    machines: [SCANNER, PACS],
    clock: { nowMs: () => now, monotonicMs: () => now },
    onEvent: (event) => events.push(event),
    ...changes,
  });
  return { machines, events, wait: (ms: number) => void (now += ms) };
}

describe('by key', () => {
  test.each<{ name: string; key: string; address: string | undefined; id: string | undefined }>([
    { name: 'from its network', key: scanner.key, address: '10.1.255.255', id: 'scanner' },
    { name: 'from its IPv6 network', key: scanner.key, address: '2001:db8:0:1::5', id: 'scanner' },
    { name: 'from its one address', key: pacs.key, address: '10.2.3.4', id: 'pacs' },
    { name: 'written as a mapped address', key: pacs.key, address: '::ffff:10.2.3.4', id: 'pacs' },
    { name: 'from outside its network', key: scanner.key, address: '10.2.0.0', id: undefined },
    { name: 'from the address beside', key: pacs.key, address: '10.2.3.5', id: undefined },
    { name: 'from another’s address', key: pacs.key, address: '10.1.0.1', id: undefined },
    { name: 'from nowhere', key: scanner.key, address: undefined, id: undefined },
    { name: 'from what is no address', key: scanner.key, address: '10.1', id: undefined },
    { name: 'with its hash for a key', key: scanner.keyHash, address: '10.1.0.1', id: undefined },
    { name: 'with a key of nobody', key: newMachineKey(randomBytes).key, address: '10.1.0.1', id: undefined },
    { name: 'with nothing', key: '', address: '10.1.0.1', id: undefined },
  ])('$name: $id', ({ key, address, id }) => {
    expect(house().machines.byKey(key, address)?.id).toBe(id);
  });

  test('a machine is what the config says of it', () => {
    expect(house().machines.byKey(scanner.key, '10.1.0.1')).toEqual({
      kind: 'machine',
      id: 'scanner',
      purpose: 'ai-results',
      models: [{ model: 'lung-nodule', version: '2.1.0' }],
      proof: 'key',
    });
  });

  test('a right key from a wrong address is told, once a minute for each machine', () => {
    const { machines, events, wait } = house();
    for (let times = 0; times < 100; times += 1) machines.byKey(scanner.key, '192.0.2.1');
    machines.byKey(pacs.key, '192.0.2.1');
    machines.byKey('csm_unknown', '192.0.2.1');
    const told = {
      outcome: 'refused',
      provider: 'urn:countersign:machines',
      method: 'machine',
      code: 'wrong-address',
    };
    expect(events).toEqual([
      { ...told, subject: 'scanner' },
      { ...told, subject: 'pacs' },
    ]);
    wait(MINUTE_MS);
    machines.byKey(scanner.key, '192.0.2.1');
    expect(events).toHaveLength(3);
  });
});

describe('by certificate', () => {
  const shown = (changes: Partial<PresentedCertificate> = {}): PresentedCertificate => ({
    der: certificateDer,
    chain: [],
    via: 'tls',
    ...changes,
  });
  const foreign = new X509Certificate(makeKeyPair('scanner').certificatePem).raw;

  test.each<{
    name: string;
    certificate: PresentedCertificate;
    address?: string;
    laterMs?: number;
    isIn: boolean;
  }>([
    { name: 'the pinned one', certificate: shown(), isIn: true },
    {
      name: 'the pinned one, whoever signed it',
      certificate: shown({ fault: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      isIn: true,
    },
    { name: 'revoked', certificate: shown({ fault: 'CERT_REVOKED' }), isIn: false },
    { name: 'expired, as TLS says', certificate: shown({ fault: 'CERT_HAS_EXPIRED' }), isIn: false },
    {
      name: 'of a session that was taken up again',
      certificate: shown({ fault: 'SESSION_REUSED' }),
      isIn: false,
    },
    { name: 'expired, by our clock', certificate: shown(), laterMs: 3_660 * DAY_MS, isIn: false },
    { name: 'not valid yet', certificate: shown(), laterMs: -2 * DAY_MS, isIn: false },
    { name: 'one of the same name', certificate: shown({ der: foreign }), isIn: false },
    { name: 'no certificate at all', certificate: shown({ der: new Uint8Array() }), isIn: false },
    { name: 'passed on by a proxy, unjudged', certificate: shown({ via: 'proxy' }), isIn: false },
    { name: 'from a wrong address', certificate: shown(), address: '192.0.2.1', isIn: false },
  ])('$name: $isIn', async ({ certificate, address = '10.1.0.1', laterMs = 0, isIn }) => {
    const { machines, wait } = house();
    wait(laterMs);
    const machine = await machines.byCertificate(certificate, address);
    expect(machine).toEqual(
      isIn ? expect.objectContaining({ id: 'scanner', proof: 'certificate' }) : undefined,
    );
  });

  test.each([true, false])('where chain and revocation are judged, that counts: %s', async (isGood) => {
    const asked: PresentedCertificate[] = [];
    const { machines } = house({
      judgeCertificate: async (certificate) => {
        asked.push(certificate);
        return isGood;
      },
    });
    const certificate = shown({ via: 'proxy' });
    expect((await machines.byCertificate(certificate, '10.1.0.1'))?.id).toBe(isGood ? 'scanner' : undefined);
    expect(asked).toEqual([certificate]);
    // A certificate of nobody is not worth the work.
    await machines.byCertificate(shown({ der: foreign }), '10.1.0.1');
    expect(asked).toHaveLength(1);
  });
});

test.each<{ name: string; machines: readonly MachineSettings[]; fault: RegExp }>([
  {
    name: 'an address that is none',
    machines: [{ ...SCANNER, addresses: ['scanner.local'] }],
    fault: /addresses of "scanner"/,
  },
  { name: 'no address', machines: [{ ...SCANNER, addresses: [] }], fault: /addresses of "scanner"/ },
  { name: 'neither key nor certificate', machines: [{ ...PACS, keyHash: '' }], fault: /not a SHA-256/ },
  {
    name: 'a key where its hash belongs',
    machines: [{ ...PACS, keyHash: pacs.key }],
    fault: /not a SHA-256/,
  },
  { name: 'results of no model', machines: [{ ...SCANNER, models: [] }], fault: /no model/ },
  {
    name: 'any version',
    machines: [{ ...SCANNER, models: [{ model: 'm', version: 'latest' }] }],
    fault: /not exact/,
  },
  { name: 'a PACS with models', machines: [{ ...PACS, models: SCANNER.models }], fault: /has no models/ },
  {
    name: 'a scanner with models',
    machines: [{ ...SCANNER, purpose: 'modality' }],
    fault: /stores images and has no models/,
  },
  { name: 'one id twice', machines: [SCANNER, { ...PACS, id: 'scanner' }], fault: /same id/ },
  {
    name: 'one key twice',
    machines: [SCANNER, { ...PACS, keyHash: scanner.keyHash.toUpperCase() }],
    fault: /stands twice/,
  },
])('$name is refused at start', ({ machines, fault }) => {
  expect(() => house({ machines })).toThrow(fault);
});

test('a machine without key and certificate is refused at start', () => {
  const { keyHash: _keyHash, ...bare } = PACS;
  expect(() => house({ machines: [bare] })).toThrow(/neither a key nor a certificate/);
});

test.each([
  '0.0.0.0/0',
  '::/0',
  '010.0.0.0/8',
  '10.1/16',
  '0x0a.0.0.1',
  '10.0.0.0/33',
  '::ffff:10.0.0.0/104',
  '*',
  '',
])('“%s” is no address or network', (text) => {
  expect(parseAddressRanges(['10.0.0.1', text])).toBeUndefined();
});

test('a new key is 256 bits that say what they are', () => {
  expect(scanner.key).toMatch(/^csm_[A-Za-z0-9_-]{43}$/);
  expect(scanner.keyHash).toBe(createHash('sha256').update(scanner.key).digest('hex'));
  expect(isMachineKey(scanner.key)).toBe(true);
  expect(isMachineKey(scanner.key.slice(4))).toBe(false);
});
