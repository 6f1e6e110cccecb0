import { request } from 'undici';

/** What a client of MONAI Label got. */
export interface ClientAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What OHIF shows of a result. */
export interface OhifMask {
  readonly sizes: readonly number[];
  readonly voxels: Uint8Array;
}

type Headers = Readonly<Record<string, string>>;

async function send(
  url: string,
  method: 'GET' | 'POST',
  headers: Headers,
  body?: Buffer,
): Promise<ClientAnswer> {
  const answer = await request(url, { method, headers, body: body ?? null });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: Buffer.from(await answer.body.arrayBuffer()),
  };
}

/**
 * OHIF's MONAI Label extension (services/MonaiLabelClient.js), in a browser on the gateway's own origin: cookies and nothing else proves
 * who is there. `serverUrl` is what its cookie holds.
 */
export function ohifClient(serverUrl: string, cookie: string) {
  const browser = {
    cookie,
    accept: 'application/json,multipart/form-data',
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'cors',
  };
  const { origin } = new URL(serverUrl);
  return {
    info: async () => {
      const answer = await send(new URL('info/', serverUrl).toString(), 'GET', browser);
      const data: OhifInfo = JSON.parse(answer.body.toString('utf8'));
      return { ...answer, data };
    },
    infer: async (model: string, image: string, { output = 'image', params = {} }: OhifCall = {}) => {
      const url = new URL(`infer/${encodeURIComponent(model)}`, serverUrl);
      url.searchParams.append('image', image);
      url.searchParams.append('output', output);
      const boundary = '----WebKitFormBoundaryx7cbGZ1hUQ2n8Qp0';
      const written = {
        result_extension: '.nrrd',
        result_dtype: 'uint8',
        result_compress: false,
        restore_label_idx: false,
      };
      const body = Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="params"\r\n\r\n${JSON.stringify({ ...params, ...written })}\r\n--${boundary}--\r\n`,
      );
      const type = `multipart/form-data; boundary=${boundary}`;
      return await send(url.toString(), 'POST', { ...browser, origin, 'content-type': type }, body);
    },
  };
}

interface OhifCall {
  readonly output?: 'image' | 'all';
  readonly params?: Readonly<Record<string, unknown>>;
}

interface OhifInfo {
  readonly labels: readonly string[];
  readonly models: Readonly<Record<string, { readonly type: string; readonly labels: unknown }>>;
}

/** What its panel does with the list before it shows a thing: lists of models by kind, and their labels. It stops where one is missing. */
export function ohifPanel(info: OhifInfo): {
  readonly segmentation: readonly string[];
  readonly labels: readonly string[];
} {
  const labels = info.labels.map((label) => label.toLowerCase());
  for (const model of Object.values(info.models)) {
    if (model.labels === null || typeof model.labels !== 'object') throw new TypeError('labels');
  }
  const segmentation = Object.keys(info.models).filter((key) => info.models[key]?.type === 'segmentation');
  return { segmentation, labels };
}

/** Its reader of NRRD (utils/SegmentationReader.js), for raw masks. */
export function readNrrd(bytes: Buffer): OhifMask {
  const end = bytes.indexOf('\n\n');
  const head = bytes.toString('latin1', 0, end);
  if (!head.startsWith('NRRD')) throw new Error('Failed to parse NRRD data');
  const sizes = /^sizes: (.+)$/m.exec(head)?.[1]?.split(' ').map(Number) ?? [];
  return { sizes, voxels: bytes.subarray(end + 2) };
}

const LIMIT = '----------lImIt_of_THE_fIle_eW_$';

/** 3D Slicer's (MONAILabelLib/client.py): asks for `/auth/` before every call, keeps a token, takes nothing but 200. */
export function slicerClient(
  serverUrl: string,
  dialog: () => { readonly username: string; readonly password: string },
) {
  const base = serverUrl.replace(/\/+$/, '');
  let authorization: string | undefined;
  const login = async (): Promise<void> => {
    const auth = await send(`${base}/auth/`, 'GET', {});
    if (auth.status !== 200) throw new Error(`auth: ${String(auth.status)}`);
    const { enabled } = JSON.parse(auth.body.toString('utf8')) as { readonly enabled: boolean };
    if (!enabled || authorization !== undefined) return;
    const form = new URLSearchParams({ ...dialog(), grant_type: 'password' }).toString();
    const type = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(form.length),
    };
    const token = await send(`${base}/auth/token`, 'POST', type, Buffer.from(form));
    if (token.status !== 200)
      throw new Error(`token: ${String(token.status)} ${token.body.toString('utf8')}`);
    const said = JSON.parse(token.body.toString('utf8')) as {
      readonly token_type: string;
      readonly access_token: string;
    };
    authorization = `${said.token_type} ${said.access_token}`;
    const valid = await send(`${base}/auth/token/valid`, 'GET', { authorization });
    if (valid.status !== 200) throw new Error(`valid: ${String(valid.status)}`);
  };
  const headers = (): Headers => (authorization === undefined ? {} : { authorization });
  return {
    info: async (): Promise<unknown> => {
      await login();
      const answer = await send(`${base}/info/`, 'GET', headers());
      if (answer.status !== 200)
        throw new Error(`Status: ${String(answer.status)}; Response: ${answer.body.toString('utf8')}`);
      return JSON.parse(answer.body.toString('utf8'));
    },
    infer: async (model: string, image: string, params: Readonly<Record<string, unknown>> = {}) => {
      await login();
      const body = Buffer.from(
        [
          `--${LIMIT}`,
          'Content-Disposition: form-data; name="params"',
          '',
          JSON.stringify({ ...params, client_id: 'user-xyz' }),
          `--${LIMIT}--`,
          '',
          '',
        ].join('\r\n'),
      );
      const type = {
        'content-type': `multipart/form-data; boundary=${LIMIT}`,
        'content-length': String(body.length),
      };
      const url = `${base}/infer/${quotePlus(model)}?image=${quotePlus(image)}`;
      const answer = await send(url, 'POST', { ...headers(), ...type }, body);
      if (answer.status !== 200)
        throw new Error(`Status: ${String(answer.status)}; Response: ${answer.body.toString('utf8')}`);
      return readSlicerForm(answer);
    },
  };
}

/** Python's `quote_plus`. */
function quotePlus(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}

/** Python's `cgi.FieldStorage`, as Slicer uses it: a part with a file name is a file and is saved under it, one without is a field. */
function readSlicerForm({ headers, body }: ClientAnswer): {
  readonly params: unknown;
  readonly files: ReadonlyMap<string, Buffer>;
} {
  const type = String(headers['content-type']);
  if (!type.includes('multipart')) return { params: JSON.parse(body.toString('utf8')), files: new Map() };
  const boundary = /boundary=([^;]+)/.exec(type)?.[1] ?? '';
  const text = body.toString('latin1');
  const files = new Map<string, Buffer>();
  let params: unknown;
  for (const part of text.split(`--${boundary}`).slice(1, -1)) {
    const [head = ''] = part.split('\r\n\r\n', 1);
    const content = Buffer.from(part.slice(head.length + 4, -2), 'latin1');
    const fileName = /filename="([^"]+)"/.exec(head)?.[1];
    if (fileName === undefined) params = JSON.parse(content.toString('utf8'));
    else files.set(fileName, content);
  }
  return { params, files };
}
