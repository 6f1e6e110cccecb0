import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ohifClient, ohifPanel, readNrrd, slicerClient } from '../fakes/monai-clients.ts';
import { signIn } from '../fakes/sign-in-driver.ts';
import { startProgram, type Running } from './command-line.ts';

jest.setTimeout(60_000);

interface SandboxFile {
  readonly baseUrl: string;
  readonly users: readonly { readonly username: string; readonly password: string }[];
  readonly studies: readonly {
    readonly studyInstanceUid: string;
    readonly modality: string;
    readonly burnedInText: boolean;
  }[];
}
type Row = Readonly<Record<string, { readonly Value?: readonly unknown[] }>>;

const MODEL = 'burned-in-text-mask@1.0.0';

describe('MONAI Label in the sandbox, by the clients that people have', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-label-'));
  let sandbox: Running;
  let file: SandboxFile;

  beforeAll(async () => {
    const ready = /^countersign ready (http:\/\/127\.0\.0\.1:\d+)$/;
    sandbox = await startProgram(['fixtures/sandbox/main.ts', '--data', folder, '--port', '0'], ready);
    file = JSON.parse(readFileSync(join(folder, 'sandbox.json'), 'utf8'));
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function cookieOf(username: string): Promise<string> {
    const password = file.users.find((user) => user.username === username)?.password ?? '';
    return (await signIn({ gatewayUrl: file.baseUrl, username, password })).cookie;
  }

  /** The first series with pictures of a study, and how large they are. */
  async function seriesOf(
    burnedInText: boolean,
    modality: string,
    cookie: string,
  ): Promise<{ readonly series: string; readonly sizes: readonly number[] }> {
    const study = file.studies.find((one) => one.burnedInText === burnedInText && one.modality === modality);
    const url = `${file.baseUrl}/dicom-web/studies/${study?.studyInstanceUid ?? ''}/instances`;
    const answer = await fetch(url, { headers: { cookie, accept: 'application/dicom+json' } });
    const rows = (await answer.json()) as readonly Row[];
    const pictures = rows.filter((row) => Number(row['00280010']?.Value?.[0]) > 0);
    const series = String(pictures[0]?.['0020000E']?.Value?.[0]);
    const own = pictures.filter((row) => row['0020000E']?.Value?.[0] === series);
    const side = (tag: string): number => Number(own[0]?.[tag]?.Value?.[0]);
    return { series, sizes: [side('00280011'), side('00280010'), own.length] };
  }

  /** As a person does it who has Slicer open beside the page. */
  async function codeOf(cookie: string): Promise<{ readonly username: string; readonly password: string }> {
    const answer = await fetch(`${file.baseUrl}/me/session/code`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'scope=ai',
    });
    const [username = '', password = ''] = [
      ...(await answer.text()).matchAll(/<dd tabindex="0">([^<]+)<\/dd>/g),
    ].map(([, text]) => text);
    return { username, password };
  }

  test('OHIF: the version shows with the name, and the mask marks the lettering', async () => {
    const cookie = await cookieOf('alice.osei');
    const ohif = ohifClient(`${file.baseUrl}/monai/`, cookie);
    const { data } = await ohif.info();
    expect(ohifPanel(data)).toEqual({ segmentation: [MODEL], labels: ['burned-in text'] });
    const { series, sizes } = await seriesOf(true, 'CR', cookie);
    const answer = await ohif.infer(MODEL, series);
    expect([answer.status, answer.headers['case-id']]).toEqual([200, expect.stringMatching(/^c-/)]);
    const mask = readNrrd(answer.body);
    expect(mask.sizes).toEqual(sizes);
    const marked = mask.voxels.reduce((sum, voxel) => sum + voxel, 0) / mask.voxels.length;
    expect(marked).toBeGreaterThan(0.001);
    expect(marked).toBeLessThan(0.3);
  });

  test('OHIF of later: one form with JSON and mask; a series without lettering has none marked', async () => {
    const cookie = await cookieOf('alice.osei');
    const { series, sizes } = await seriesOf(false, 'CT', cookie);
    const answer = await ohifClient(`${file.baseUrl}/monai/`, cookie).infer(MODEL, series, { output: 'all' });
    const boundary = /boundary=([^;]+)/.exec(String(answer.headers['content-type']))?.[1] ?? '';
    const parts = answer.body.toString('latin1').split(`--${boundary}`);
    const said = parts.find((part) => part.includes('Content-Type: application/json')) ?? '';
    expect(JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1))).toMatchObject({
      finding: 'no text found',
      centroids: {},
    });
    const image = parts.find((part) => part.includes('Content-Type: application/octet-stream')) ?? '';
    const mask = readNrrd(Buffer.from(image.split('\r\n\r\n')[1]?.slice(0, -2) ?? '', 'latin1'));
    expect(mask.sizes).toEqual(sizes);
    expect(mask.voxels.length).toBe(sizes.reduce((product, side) => product * side, 1));
    expect(mask.voxels.every((voxel) => voxel === 0)).toBe(true);
  });

  test('3D Slicer: a one-time code in its dialog, then the same', async () => {
    const cookie = await cookieOf('alice.osei');
    const code = await codeOf(cookie);
    const slicer = slicerClient(`${file.baseUrl}/monai`, () => code);
    expect(await slicer.info()).toMatchObject({ models: { [MODEL]: { type: 'segmentation' } } });
    const { series } = await seriesOf(true, 'CR', cookie);
    const { params, files } = await slicer.infer(MODEL, series);
    expect(params).toMatchObject({ finding: 'burned-in text', label_names: { 'burned-in text': 1 } });
    expect([...files.keys()]).toEqual(['image.nrrd']);
    // The code was good once.
    await expect(slicerClient(`${file.baseUrl}/monai`, () => code).info()).rejects.toThrow(/token: 401/);
  });

  test('whose credential has lapsed: the list is empty, and the call is refused with why', async () => {
    const cookie = await cookieOf('david.lloyd');
    const ohif = ohifClient(`${file.baseUrl}/monai/`, cookie);
    const { data } = await ohif.info();
    expect(ohifPanel(data).segmentation).toEqual([]);
    const { series } = await seriesOf(true, 'CR', cookie);
    const answer = await ohif.infer(MODEL, series);
    expect([answer.status, answer.headers['case-id']]).toEqual([403, expect.stringMatching(/^c-/)]);
    expect(JSON.parse(answer.body.toString('utf8'))).toMatchObject({
      detail: expect.stringMatching(/declaration/),
    });
  });

  test('each case is on record with its dialect', async () => {
    const cookie = await cookieOf('alice.osei');
    const answer = await fetch(`${file.baseUrl}/api/cases`, { headers: { cookie } });
    const { cases } = (await answer.json()) as { readonly cases: readonly Record<string, unknown>[] };
    expect(cases).toHaveLength(3);
    expect(cases[0]).toMatchObject({
      state: 'released',
      model: 'burned-in-text-mask',
      version: '1.0.0',
      finding: 'burned-in text',
    });
  });
});
