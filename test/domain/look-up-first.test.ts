import fc from 'fast-check';
import { filterMultipart, type MultipartRules } from '../../src/domain/dicom/filter-multipart.ts';
import { streamJsonDatasets } from '../../src/domain/dicom/stream-json-datasets.ts';
import { streamXmlDatasets } from '../../src/domain/dicom/stream-xml-datasets.ts';
import { part10 } from '../fakes/part-10.ts';
import { cut } from './spelt-json.ts';

/** What is to be looked up is known only after that; the even ones are looked up, and every third may not pass. */
const UIDS = Array.from({ length: 8 }, (_, at) => `1.${String(at + 1)}`);
const numberOf = (uid: string | undefined): number => Number(uid?.split('.')[1]);
const isRefused = (uid: string | undefined): boolean => numberOf(uid) % 3 === 0;
const PASSED = UIDS.filter((uid) => !isRefused(uid));

interface Named {
  readonly sopInstanceUid?: string;
}
function lookingUp() {
  const lookedUp = new Set<string>();
  const asked: string[] = [];
  const isLookedUp = (uid: string): boolean => numberOf(uid) % 2 === 1 || lookedUp.has(uid);
  const lookUp = (objects: readonly Named[]): Promise<void> | undefined => {
    const uids = objects.map(({ sopInstanceUid = '' }) => sopInstanceUid);
    asked.push(...uids);
    const even = uids.filter((uid) => !isLookedUp(uid));
    const settle = async (): Promise<void> => {
      await Promise.resolve();
      for (const uid of even) lookedUp.add(uid);
    };
    return even.length === 0 ? undefined : settle();
  };
  const mayPass = ({ sopInstanceUid = '' }: Named): boolean =>
    isLookedUp(sopInstanceUid) && !isRefused(sopInstanceUid);
  return { lookUp, mayPass, asked };
}
const mapping = { ownBaseUrls: [], publicBaseUrl: 'https://gw' };
const uidsIn = (text: string): readonly string[] => [...new Set(text.match(/(?<![\d.])1\.\d(?![\d.])/g))];

const dicom = Buffer.concat([
  ...UIDS.flatMap((uid) => [
    Buffer.from('--edge\r\nContent-Type: application/dicom\r\n\r\n'),
    part10(uid, 50),
    Buffer.from('\r\n'),
  ]),
  Buffer.from('--edge--\r\n'),
]);
const files = (source: AsyncIterable<Uint8Array>, { lookUp, mayPass }: ReturnType<typeof lookingUp>) => {
  const rules: MultipartRules = {
    boundary: 'edge',
    mayPass,
    lookUp: (part) => lookUp([part]),
    rewriteLocation: (location) => location,
  };
  return filterMultipart(source, rules);
};
const xmlOf = (uid: string): string =>
  `<NativeDicomModel><DicomAttribute tag="00080018" vr="UI"><Value number="1">${uid}</Value></DicomAttribute></NativeDicomModel>`;
const xmlParts = `${UIDS.map((uid) => `--edge\r\nContent-Type: application/dicom+xml\r\n\r\n${xmlOf(uid)}\r\n`).join('')}--edge--\r\n`;
const json = JSON.stringify(UIDS.map((uid) => ({ '00080018': { vr: 'UI', Value: [uid] } })));

test.each<
  [
    string,
    Buffer,
    (source: AsyncIterable<Uint8Array>, how: ReturnType<typeof lookingUp>) => AsyncIterable<Uint8Array>,
  ]
>([
  ['files', dicom, files],
  ['metadata in JSON', Buffer.from(json), (source, how) => streamJsonDatasets(source, { mapping, ...how })],
  [
    'metadata in XML',
    Buffer.from(xmlParts),
    (source, how) => streamXmlDatasets(source, { mapping, boundary: 'edge', ...how }),
  ],
])(
  '%s wait until they are looked up, however they are cut; each is asked for once',
  async (_name, bytes, pass) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6_000 }), { minLength: 1 }), async (sizes) => {
        const how = lookingUp();
        const out: Uint8Array[] = [];
        for await (const piece of pass(cut(bytes, sizes), how)) out.push(Buffer.from(piece));
        expect(uidsIn(Buffer.concat(out).toString('latin1'))).toEqual(PASSED);
        expect(how.asked).toEqual(UIDS);
      }),
      { numRuns: 60 },
    );
  },
);

test.each([
  ['1.2', true],
  ['1.6', false],
])('one document is looked up too: %s passes: %s', async (uid, passes) => {
  const out: string[] = [];
  const rules = { mapping, ...lookingUp() };
  for await (const piece of streamXmlDatasets(cut(Buffer.from(xmlOf(uid)), [100]), rules))
    out.push(Buffer.from(piece).toString());
  expect(out.join('')).toBe(passes ? xmlOf(uid) : '');
});
