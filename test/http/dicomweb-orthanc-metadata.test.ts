import { Agent, fetch } from 'undici';
import type { DatasetIdentity } from '../../src/domain/dicom/dataset-rules.ts';
import { textOf } from '../../src/domain/dicom/dicom-json.ts';
import { multipartBoundary, XML_PARTS } from '../../src/domain/dicom/dicomweb-media.ts';
import { parseDatasets } from '../../src/domain/dicom/parse-datasets.ts';
import { rewriteDicomUrls } from '../../src/domain/dicom/rewrite-dicom-urls.ts';
import { streamJsonDatasets } from '../../src/domain/dicom/stream-json-datasets.ts';
import { streamXmlDatasets } from '../../src/domain/dicom/stream-xml-datasets.ts';
import { makeStudies } from '../../fixtures/sandbox/synthetic-studies.ts';
import { startOrthanc, type OrthancServer } from '../fakes/orthanc-server.ts';
import { missingRealFiles, readRealFiles } from '../fakes/real-dicom-files.ts';
import { describeUnlessMissing, describeWithBinary } from '../fakes/real-server.ts';

const OURS = 'https://gw.example/dicom-web';
const synthetic = makeStudies().flatMap((study) => study.files);

describeWithBinary('metadata of a real Orthanc, streamed', ['Orthanc'], () => {
  const real = missingRealFiles() === undefined ? readRealFiles() : [];
  metadataSuite(() => [...synthetic, ...real]);
  describeUnlessMissing('with real files', missingRealFiles(), () => {
    test('of several scanners', () => {
      expect(real.length).toBeGreaterThan(20);
    });
  });
});

/**
 * From Orthanc itself, over a connection of its own: a kept one it ends when nobody used it for a second, which on a busy machine meets the
 * next call half way. It is not told to end this one: it would drop what a slow reader has not taken of a large object.
 */
async function directly(
  url: string,
  accept: string,
): Promise<{ readonly status: number; readonly type: string; readonly bytes: Buffer }> {
  const dispatcher = new Agent();
  try {
    const answer = await fetch(url, { headers: { accept }, dispatcher });
    const bytes = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', bytes };
  } finally {
    await dispatcher.close();
  }
}

function metadataSuite(files: () => readonly Uint8Array[]): void {
  let orthanc: OrthancServer;
  beforeAll(async () => {
    orthanc = await startOrthanc({ files: files() });
  });
  afterAll(async () => {
    await orthanc.close();
  });
  const get = async (
    path: string,
    accept: string,
  ): Promise<{ readonly type: string; readonly bytes: Buffer }> => {
    const answer = await directly(`${orthanc.dicomwebUrl}/${path}`, accept);
    expect(answer.status).toBe(200);
    return answer;
  };
  const studies = async (): Promise<readonly string[]> => {
    const { bytes } = await get('studies', 'application/dicom+json');
    return parseDatasets(bytes).map((row) => textOf(row, '0020000D') ?? '');
  };
  const rulesOf = (seen: DatasetIdentity[]) => ({
    mapping: { ownBaseUrls: [orthanc.dicomwebUrl], publicBaseUrl: OURS },
    mayPass: (dataset: DatasetIdentity): boolean => seen.push(dataset) > 0,
  });

  test('JSON is what it is when read whole; XML is byte for byte the same but for addresses; both name the same objects', async () => {
    for (const study of await studies()) {
      const [inJson, inXml]: DatasetIdentity[][] = [[], []];
      const json = await get(`studies/${study}/metadata`, 'application/dicom+json');
      const rules = rulesOf(inJson ?? []);
      const whole = parseDatasets(json.bytes).map((one) => rewriteDicomUrls(one, rules.mapping).value);
      expect(JSON.parse(await textFrom(streamJsonDatasets(cut(json.bytes), rules)))).toEqual(whole);

      const xml = await get(`studies/${study}/metadata`, XML_PARTS);
      const boundary = multipartBoundary(xml.type) ?? '';
      const given = await textFrom(streamXmlDatasets(cut(xml.bytes), { ...rulesOf(inXml ?? []), boundary }));
      expect(withoutLengths(given)).toBe(
        withoutLengths(xml.bytes.toString().replaceAll(orthanc.dicomwebUrl, OURS)),
      );
      expect(inXml).toEqual(inJson);
      expect(inJson).toHaveLength(whole.length);
    }
  }, 120_000);
}

async function* cut(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
}

async function textFrom(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const out: Uint8Array[] = [];
  for await (const piece of pieces) out.push(piece);
  return Buffer.concat(out).toString();
}

function withoutLengths(text: string): string {
  return text.replaceAll(/^Content-Length: .*$/gm, '');
}
