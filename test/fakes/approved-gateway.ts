import { request } from 'undici';
import { startListener } from '../../src/http/start-listener.ts';
import { createAiResultReader } from '../../src/upstreams/ai-result-reader.ts';
import { createPacsClient } from '../../src/upstreams/pacs-client.ts';
import { dicomwebApp } from './dicomweb-app.ts';
import { startOrthanc } from './orthanc-server.ts';
import {
  aModelVersion,
  anApproval,
  aRegister,
  modelName,
  NOW,
  shippedPolicy,
  SITE,
  versionString,
} from './register-builder.ts';
import { createRetrievalHouse } from './retrieval-house.ts';

/** What an HTTP answer holds, whole. */
export interface WholeAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** The DICOMweb door before a real Orthanc, for somebody for whom every AI result in it is unlocked. */
export interface ApprovedGateway {
  /** DICOMweb bases: the gateway's as it listens, and as it names itself; and the PACS's own. */
  readonly url: string;
  readonly publicUrl: string;
  readonly directUrl: string;
  /** Where WADO-URI is answered: by the gateway in two places, by the PACS in one. */
  readonly wadoUrls: readonly string[];
  readonly directWadoUrl: string;
  /** Goes with each request. */
  readonly login: Readonly<Record<string, string>>;
  /** Paths below those bases, or whole addresses. Without an Accept header where none is given. */
  readonly through: (path: string, accept?: string) => Promise<WholeAnswer>;
  readonly direct: (path: string, accept?: string) => Promise<WholeAnswer>;
  readonly close: () => Promise<void>;
}

const PUBLIC_URL = 'https://gw.example/dicom-web';
/** What made the results: of the sandbox's studies, and of the segmentations among the real files. */
const MADE_BY = [
  { model: modelName('burned-in-text'), version: versionString('1.0.0') },
  { model: modelName('test'), version: versionString('v1.0') },
];
const WADO = 'wado';

/**
 * Starts it with these files in the PACS. Segmentations by hand that look as if a machine had made them name no version that
 * could be approved: they are shown because the policy here says so.
 */
export async function startApprovedGateway(files: readonly Uint8Array[]): Promise<ApprovedGateway> {
  const orthanc = await startOrthanc({ files });
  const options = {
    timeouts: { firstByteMs: 20_000, idleMs: 20_000 },
    publicDicomwebUrl: PUBLIC_URL,
  };
  const pacs = createPacsClient({ ...options, baseUrl: orthanc.dicomwebUrl });
  const above = createPacsClient({ ...options, baseUrl: orthanc.restUrl });
  const register = registerWithAllUnlocked();
  const app = dicomwebApp({
    ...createRetrievalHouse().deps,
    register: { snapshot: () => register },
    pacs,
    aiResults: createAiResultReader({ pacs, nowMs: () => NOW, cacheTtlMs: 60_000, maxEntries: 100 }),
    publicDicomwebUrl: PUBLIC_URL,
    wadoUri: { pacs: above, segments: [WADO] },
  });
  const gateway = await startListener({ app, host: '127.0.0.1', port: 0 });
  const url = `${gateway.url}/dicom-web`;
  const login = { authorization: 'Bearer alice' };
  return {
    url,
    publicUrl: PUBLIC_URL,
    directUrl: orthanc.dicomwebUrl,
    wadoUrls: [`${gateway.url}/${WADO}`, `${url}/${WADO}`],
    directWadoUrl: `${orthanc.restUrl}/${WADO}`,
    login,
    through: (path, accept) => get(below(url, path), { ...login, ...accepting(accept) }),
    direct: (path, accept) => get(below(orthanc.dicomwebUrl, path), accepting(accept)),
    close: async () => {
      await gateway.close(0);
      await Promise.all([pacs.close(), above.close()]);
      await orthanc.close();
    },
  };
}

function registerWithAllUnlocked(): ReturnType<typeof aRegister> {
  return aRegister({
    policy: { ...shippedPolicy(), probableResults: 'shown' },
    modelVersions: MADE_BY.map((made) => aModelVersion({ ...made, releases: [{ site: SITE, from: 0 }] })),
    approvals: MADE_BY.map((made) => anApproval({ ...made, functions: ['view'] })),
  });
}

function below(base: string, path: string): string {
  return path.startsWith('http:') ? path : `${base}/${path}`;
}

function accepting(accept: string | undefined): Readonly<Record<string, string>> {
  return accept === undefined ? {} : { accept };
}

async function get(url: string, headers: Readonly<Record<string, string>>): Promise<WholeAnswer> {
  // One connection each: this PACS closes those that wait.
  const { statusCode, headers: heads, body } = await request(url, { headers, reset: true });
  const type = heads['content-type'];
  return {
    status: statusCode,
    type: typeof type === 'string' ? type : '',
    body: Buffer.from(await body.arrayBuffer()),
  };
}
