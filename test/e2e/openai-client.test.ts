import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { DRAFT_MARK } from '../../src/domain/draft-marking.ts';
import { signIn } from '../fakes/sign-in-driver.ts';
import { countersign, startProgram, type Running } from './command-line.ts';

const READY = /^countersign ready (http:\/\/127\.0\.0\.1:\d+)$/;
const NAMED = 'chat-drafter@1.0.0';
const RECORDS = 'template-record-reader@1.0.0';

interface SandboxFile {
  readonly baseUrl: string;
  readonly users: readonly { readonly username: string; readonly password: string }[];
  readonly studies: readonly { readonly studyInstanceUid: string; readonly modality: string }[];
}

jest.setTimeout(120_000);

describe('the npm client on the sandbox, as it comes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-openai-'));
  const data = join(folder, 'data');
  let sandbox: Running;
  let file: SandboxFile;
  let study: string;

  beforeAll(async () => {
    sandbox = await startProgram(['fixtures/sandbox/main.ts', '--data', data, '--port', '0'], READY);
    file = JSON.parse(readFileSync(join(data, 'sandbox.json'), 'utf8'));
    study = file.studies.find(({ modality }) => modality === 'CT')?.studyInstanceUid ?? '';
  });

  afterAll(async () => {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A client with a key that its person made on the page of their session. */
  async function clientOf(username: string): Promise<OpenAI> {
    const { baseUrl } = file;
    const password = file.users.find((user) => user.username === username)?.password ?? '';
    const { cookie } = await signIn({ gatewayUrl: baseUrl, username, password });
    const page = await fetch(`${baseUrl}/me/session/code`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ scope: 'ai' }),
    });
    const [name = '', code = ''] = [...(await page.text()).matchAll(/<dd tabindex="0">([^<]+)<\/dd>/g)].map(
      ([, text]) => text ?? '',
    );
    const answer = await fetch(`${baseUrl}/auth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', username: name, password: code }),
    });
    const { access_token: apiKey } = JSON.parse(await answer.text());
    return new OpenAI({ apiKey, baseURL: `${baseUrl}/v1` });
  }

  const asked = () => ({
    model: NAMED,
    messages: [{ role: 'user' as const, content: 'Draft the report of this study.' }],
    metadata: { study_instance_uid: study },
  });

  test('a radiologist lists, retrieves, drafts and streams; the draft is of the study, marked, and the log verifies', async () => {
    const client = await clientOf('alice.osei');
    const { data: listed } = await client.models.list();
    expect(listed.map(({ id }) => id).toSorted()).toEqual([NAMED, RECORDS]);
    await expect(client.models.retrieve(NAMED)).resolves.toMatchObject({ id: NAMED });

    const { data: whole, response } = await client.chat.completions.create(asked()).withResponse();
    const text = whole.choices[0]?.message.content ?? '';
    expect(text.startsWith(`${DRAFT_MARK}Filled in from a template, by no language model.`)).toBe(true);
    expect(text).toContain('Examination: CT of the');
    expect(response.headers.get('case-id')).toMatch(/^c-/);

    let streamed = '';
    for await (const chunk of await client.chat.completions.create({ ...asked(), stream: true }))
      streamed += chunk.choices[0]?.delta.content ?? '';
    expect(streamed).toBe(text);
    await expect(countersign('verify', '--data', data)).resolves.toMatchObject({ code: 0 });
    expect(sandbox.said()).not.toContain('Draft the report');
  });

  test('somebody who is locked sees no models, and the call says why', async () => {
    const client = await clientOf('david.lloyd');
    expect((await client.models.list()).data).toEqual([]);
    const call = client.chat.completions.create(asked());
    await expect(call).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
    await expect(call).rejects.toMatchObject({
      error: { reasons: expect.arrayContaining([expect.objectContaining({ code: 'declaration-overdue' })]) },
    });
  });
});
