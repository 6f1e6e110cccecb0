import type { EndpointBinding } from '../../src/domain/register.ts';
import type { CallPayload, InferenceAnswer } from '../../src/flows/ports-inference.ts';
import { createMonaiClient } from '../../src/upstreams/monai-client.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import {
  NRRD,
  SEGMENTATION,
  sendBoth,
  sendBytes,
  sendJson,
  startLabelServer,
  type LabelServer,
} from '../fakes/label-server.ts';
import { aBinding, aStudy } from '../fakes/register-builder.ts';
import { CT, storedFile } from '../fakes/stored-files.ts';

const { scoreOutput: _score, findingOutput: _finding, ...SILENT } = aBinding({ protocol: 'monai-label' });
const client = createMonaiClient({ maxAnswerBytes: 2_000 });
let server: LabelServer;

beforeEach(async () => {
  server = await startLabelServer();
});
afterEach(async () => {
  await server.close();
});
afterAll(async () => {
  await client.close();
});

type Output = Extract<CallPayload, { kind: 'monai-infer' }>['output'];

async function infer(
  output: Output,
  {
    binding = {},
    signal = new AbortController().signal,
  }: { binding?: Partial<EndpointBinding>; signal?: AbortSignal } = {},
): Promise<InferenceAnswer> {
  const payload = { kind: 'monai-infer', seriesInstanceUid: '1.2.3', output, params: {} } as const;
  const called = { ...SILENT, baseUrl: server.baseUrl, ...binding };
  return await client.infer(
    { binding: called, caseId: aCaseId(1), study: aStudy().studyInstanceUid, payload },
    signal,
  );
}

const failureOf = (answer: InferenceAnswer): string =>
  answer.kind === 'failed' ? answer.failure : answer.kind;
const NAMES = { scoreOutput: 'score', findingOutput: 'finding' };

describe('what comes of each output', () => {
  test.each([
    ['json', { score: 0.75 }, undefined],
    ['all', { score: 0.75 }, 'image.nrrd'],
    ['image', {}, 'image.nrrd'],
    ['dicom_seg', {}, 'image.dcm'],
  ] as const)('%s', async (output, body, fileName) => {
    const answer = await infer(output);
    expect(answer).toMatchObject({
      kind: 'result',
      body,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(answer.kind === 'result' ? answer.files?.[0]?.fileName : '').toBe(fileName);
    expect(new URL(server.calls[0]?.url ?? '', 'http://x').searchParams.get('output')).toBe(output);
  });

  test('score and finding are needed whatever was asked for', async () => {
    const answer = await infer('image', { binding: NAMES });
    expect(answer).toMatchObject({
      kind: 'result',
      score: 0.75,
      finding: 'nodule',
      files: [{ bytes: NRRD }],
    });
    expect(server.calls[0]?.url).toContain('output=all');
  });

  test('without access to a study nothing is said of one', async () => {
    await infer('json');
    expect(server.calls[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('names of files', () => {
  const gzip = Buffer.from([0x1f, 0x8b, 8, 0]);
  const nifti = Buffer.from([0x5c, 1, 0, 0]);
  test.each([
    ['/tmp/x.nrrd', NRRD, 'image.nrrd'],
    ['X.SEG.NRRD', NRRD, 'image.seg.nrrd'],
    ['../../../.bashrc.nrrd', NRRD, 'image.nrrd'],
    ['x.nii.gz', gzip, 'image.nii.gz'],
    ['x.nii', nifti, 'image.nii'],
    ['x', NRRD, 'image.nrrd'],
    ['x', gzip, 'image.nii.gz'],
    ['', NRRD, 'image.nrrd'],
  ])('%s', async (given, bytes, fileName) => {
    server.answer((res) => sendBoth(res, {}, bytes, given));
    expect(await infer('all')).toMatchObject({
      files: [{ name: 'image', contentType: 'application/octet-stream', fileName }],
    });
  });

  test.each([
    ['x.nrrd', Buffer.from('<html>'), 'a page'],
    ['x.nii.gz', NRRD, 'another format'],
    [
      'x.nrrd',
      Buffer.from('NRRD0004\ntype: uint8\ndata file: /etc/passwd\n\n'),
      'a mask whose data stand elsewhere',
    ],
    ['x.nrrd', Buffer.from('NRRD0004\ntype: uint8\n'), 'a head without end'],
    ['x.nrrd', Buffer.alloc(0), 'nothing'],
    ['x.exe', Buffer.from('MZ'), 'a program'],
  ])('%s: no result', async (given, bytes, _name) => {
    server.answer((res) => sendBoth(res, {}, bytes, given));
    expect(failureOf(await infer('all'))).toBe('bad-answer');
  });
});

describe('answers that cannot be read', () => {
  test.each([
    ['json', 'a file', (res) => sendBytes(res, NRRD)],
    ['json', 'a list', (res) => sendJson(res, [])],
    [
      'json',
      'no UTF-8',
      (res) =>
        res.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22])),
    ],
    ['json', 'nesting without end', (res) => sendJson(res, `{"a":${'['.repeat(500)}${']'.repeat(500)}}`)],
    ['json', 'too long', (res) => sendJson(res, { text: 'x'.repeat(3_000) })],
    ['json', 'another status', (res) => sendJson(res, {}, 202)],
    ['json', 'a redirect', (res) => res.writeHead(302, { location: '/info/' }).end()],
    ['json', 'no type', (res) => res.writeHead(200).end('{}')],
    ['image', 'JSON', (res) => sendJson(res, {})],
    ['image', 'a form', (res) => sendBoth(res, {}, NRRD)],
    ['dicom_seg', 'no DICOM', (res) => sendBytes(res, NRRD, 'application/dicom')],
    [
      'dicom_seg',
      'an object of another study',
      (res) => sendBytes(res, storedFile({ study: '1.2.3' }), 'application/dicom'),
    ],
    [
      'dicom_seg',
      'an object that is cut',
      (res) => sendBytes(res, SEGMENTATION.subarray(0, -1), 'application/dicom'),
    ],
    [
      'dicom_seg',
      'an object whose meta names another',
      (res) =>
        sendBytes(
          res,
          storedFile({ study: aStudy().studyInstanceUid, meta: [CT, '1.2.3'] }),
          'application/dicom',
        ),
    ],
    ['all', 'no boundary', (res) => res.writeHead(200, { 'content-type': 'multipart/form-data' }).end('x')],
    ['all', 'params that are no JSON', (res) => sendBoth(res, '{', NRRD)],
    [
      'all',
      'a form that is cut',
      (res) =>
        res
          .writeHead(200, { 'content-type': 'multipart/form-data; boundary=e' })
          .end('--e\r\nContent-Disposition: form-data; name="params"\r\n\r\n{}'),
    ],
    [
      'all',
      'no params',
      (res) =>
        res
          .writeHead(200, { 'content-type': 'multipart/form-data; boundary=e' })
          .end('--e\r\nContent-Disposition: form-data; name="image"\r\n\r\nx\r\n--e--\r\n'),
    ],
  ] as const satisfies readonly (readonly [Output, string, Parameters<LabelServer['answer']>[0]])[])(
    '%s: %s',
    async (output, _name, answer) => {
      server.answer(answer);
      expect(failureOf(await infer(output))).toBe('bad-answer');
    },
  );

  test('a form with params alone is a result without a file, and none where an image was asked for', async () => {
    server.answer((res) => {
      res.writeHead(200, { 'content-type': 'multipart/form-data; boundary=e' });
      res.end(
        '--e\r\nContent-Disposition: form-data; name="params"\r\n\r\n{"score":0.5,"finding":"nodule"}\r\n--e--\r\n',
      );
    });
    expect(await infer('all')).toMatchObject({ kind: 'result', body: { score: 0.5 } });
    expect(failureOf(await infer('image', { binding: NAMES }))).toBe('bad-answer');
  });

  test.each([
    [{ score: 1.5 }, 'bad-answer'],
    [{ score: '1' }, 'bad-answer'],
    [{ score: 0.5, finding: 7 }, 'bad-answer'],
    [{}, 'bad-answer'],
    [{ finding: 'nodule' }, 'result'],
    ['{"__proto__":{"score":0.5}}', 'bad-answer'],
  ])('said of score and finding: %j -> %s', async (said, expected) => {
    server.answer((res) => sendJson(res, said));
    expect(failureOf(await infer('json', { binding: NAMES }))).toBe(expected);
  });
});

describe('faults are values', () => {
  test.each([
    ['nobody listens', { baseUrl: 'http://127.0.0.1:9' }, 'unreachable'],
    ['no address', { baseUrl: 'nowhere' }, 'unreachable'],
    ['a name that leads elsewhere', { endpointModel: '..' }, 'unreachable'],
  ])('%s', async (_name, binding, failure) => {
    expect(failureOf(await infer('json', { binding }))).toBe(failure);
    expect(server.calls).toEqual([]);
  });

  test('a payload of another dialect', async () => {
    const { signal } = new AbortController();
    const call = {
      binding: { ...SILENT, baseUrl: server.baseUrl },
      caseId: aCaseId(1),
      study: aStudy().studyInstanceUid,
    };
    expect(failureOf(await client.infer({ ...call, payload: { kind: 'study' } }, signal))).toBe(
      'unreachable',
    );
  });

  test.each([400, 404, 500])('status %i', async (status) => {
    server.answer((res) => sendJson(res, { detail: 'x' }, status));
    expect(failureOf(await infer('json'))).toBe('endpoint-error');
  });

  test('too slow', async () => {
    server.answer(() => undefined);
    expect(failureOf(await infer('json', { binding: { timeoutMs: 50 } }))).toBe('timeout');
  });

  test('the viewer leaves: the server is told', async () => {
    const leaving = new AbortController();
    const left = new Promise((resolve) => {
      server.answer((res) => {
        res.once('close', resolve);
        leaving.abort();
      });
    });
    expect(failureOf(await infer('json', { signal: leaving.signal }))).toBe('cancelled');
    await left;
    expect(failureOf(await infer('json', { signal: leaving.signal }))).toBe('cancelled');
  });

  test('killed in mid-answer', async () => {
    server.answer((res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': '50' });
      res.write('{', () => res.destroy());
    });
    expect(failureOf(await infer('json'))).toBe('bad-answer');
  });

  test('killed before it answers', async () => {
    server.answer((res) => res.destroy());
    expect(failureOf(await infer('json'))).toBe('unreachable');
  });
});
