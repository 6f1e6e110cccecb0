import { collectBody } from '../domain/collect-body.ts';
import { textOf } from '../domain/dicom/dicom-json.ts';
import {
  acceptsDicomJson,
  instanceInLocation,
  multipartBoundary,
  onePictureRange,
} from '../domain/dicom/dicomweb-media.ts';
import { upstreamSegments, type RetrieveResource } from '../domain/dicom/dicomweb-resource.ts';
import { BadRequest, GatewayError, UpstreamFault } from '../domain/errors.ts';
import { filterMultipart } from '../domain/dicom/filter-multipart.ts';
import { parseDatasets } from '../domain/dicom/parse-datasets.ts';
import { rewriteDicomUrls, rewriteUrl, type UrlMapping } from '../domain/dicom/rewrite-dicom-urls.ts';
import { admitRetrieval, type AdmitDeps, type Admission } from './admit-retrieval.ts';
import {
  checkStatus,
  singlePiece,
  withCaching,
  withoutValidators,
  type DicomwebAnswer,
} from './dicomweb-answer.ts';
import { identifyReader, type ImageReader } from './identify-person.ts';
import type { IdentityVerifier, LoginEvidence, PacsAnswer, PacsRequest } from './ports.ts';

/** What retrieving needs. */
export interface RetrieveDeps extends AdmitDeps {
  readonly identity: IdentityVerifier;
  /** The gateway's DICOMweb base as viewers see it, without a trailing slash. */
  readonly publicDicomwebUrl: string;
  /** Told how many addresses inside an answer belong to no known host. */
  readonly onUnmappedUrls?: (count: number) => void;
}

/** A retrieval as the edge parsed it. */
export interface RetrieveInput {
  readonly evidence: LoginEvidence;
  readonly requestId: string;
  readonly resource: RetrieveResource;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The caller's headers, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

const MAX_METADATA_BYTES = 64 * 1024 * 1024;
/** Would make the PACS answer with a part, or with nothing, of what is read whole here. */
const PARTIAL = [
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
];

/**
 * Passes images from the PACS to whoever is signed in, and stored AI results to those for whom they are unlocked; that
 * they were seen is on record before the first byte. An AI endpoint's token reads the images of its one study.
 * Throws NotIdentified, NotPermitted (with the case), CaseLogUnavailable and RegisterUnavailable (AI results only),
 * UpstreamFault, BadRequest when the caller takes nothing that can be given.
 */
export async function retrieve(
  deps: RetrieveDeps,
  input: RetrieveInput,
  signal: AbortSignal,
): Promise<DicomwebAnswer> {
  const caller = await identifyReader(deps, input.evidence, signal);
  const { resource, requestId } = input;
  checkToken(caller, resource.study);
  const admission = await admitRetrieval(
    deps,
    { caller, study: resource.study, requestId },
    resource,
    signal,
  );
  const answer = await deps.pacs.fetch(pacsRequest(input), signal);
  checkStatus(answer);
  try {
    await admission.lastLook();
    return await shape(deps, resource, admission, answer);
  } catch (error: unknown) {
    answer.cancel();
    throw error;
  }
}

/** A token that reads one study opens no other. Throws GatewayError('not-permitted') with the token's case. */
export function checkToken(caller: ImageReader, study: string): void {
  if (caller.kind === 'person' || caller.studyInstanceUid === study) return;
  const detail = 'This token opens one study and nothing else.';
  throw new GatewayError('not-permitted', { detail, caseId: caller.caseId });
}

function pacsRequest(input: RetrieveInput): PacsRequest {
  const { resource, query, headers } = input;
  const request = { method: 'GET', segments: upstreamSegments(resource), query } as const;
  if (resource.part === 'metadata') {
    if (!acceptsDicomJson(headers['accept'])) {
      throw new BadRequest('Metadata are given as application/dicom+json. Ask for that.');
    }
    return { ...request, query: [], headers: { accept: 'application/dicom+json' }, decode: true };
  }
  const isPicture = resource.part === 'rendered' || resource.part === 'thumbnail';
  const asked = isPicture ? { ...headers, accept: onePictureRange(headers['accept']) } : headers;
  // Unpacked here, so that addresses in part headers can be rewritten; a range of packed bytes could not be.
  if (resource.level === 'instance') {
    return { ...request, headers: asked, decode: headers['range'] === undefined };
  }
  const whole = Object.fromEntries(Object.entries(asked).filter(([name]) => !PARTIAL.includes(name)));
  return { ...request, headers: whole, decode: true };
}

async function shape(
  deps: RetrieveDeps,
  resource: RetrieveResource,
  admission: Admission,
  answer: PacsAnswer,
): Promise<DicomwebAnswer> {
  const { status, body, cancel } = answer;
  const headers = withCaching(answer.headers, admission.concernsAi);
  if (passesUnshaped(status, resource)) return { status, headers, body, cancel };
  if (resource.part === 'metadata')
    return await shapeMetadata(deps, admission, { ...answer, headers }, resource);
  const boundary = multipartBoundary(headers['content-type']);
  const mapping = mappingOf(deps);
  if (boundary !== undefined && isPlainBytes(headers)) {
    return {
      status,
      headers: withoutValidators(headers),
      body: filterMultipart(body, rulesOf(deps, admission, boundary, mapping)),
      cancel,
    };
  }
  if (resource.level !== 'instance' && resource.part === 'objects' && !admission.isWhole) {
    throw new BadRequest(
      'This holds, or may hold, AI results that are locked for you. Ask for multipart/related; type="application/dicom" to get the rest.',
    );
  }
  return { status, headers, body, cancel };
}

/**
 * Errors, what has no body, and a range of one object that was judged already. Every other success is looked through whatever its
 * number: a PACS may answer 206 when it could give only some of the objects (PS3.18 §10.4.3), or 203 from a cache in between.
 */
function passesUnshaped(status: number, { level, part }: RetrieveResource): boolean {
  if (status >= 300 || status === 204) return true;
  return status === 206 && level === 'instance' && part !== 'metadata';
}

/** A compressed body cannot be read part by part; only whole objects that were judged before come that way. */
function isPlainBytes(headers: Readonly<Record<string, string>>): boolean {
  const coding = headers['content-encoding'];
  return coding === undefined || coding === 'identity';
}

function mappingOf(deps: RetrieveDeps): UrlMapping {
  return { ownBaseUrls: deps.pacs.ownBaseUrls, publicBaseUrl: deps.publicDicomwebUrl };
}

function rulesOf(
  deps: RetrieveDeps,
  admission: Admission,
  boundary: string,
  mapping: UrlMapping,
): Parameters<typeof filterMultipart>[1] {
  return {
    boundary,
    mayPass: ({ sopInstanceUid, sopClassUid, contentLocation }) => {
      const uid = sopInstanceUid ?? instanceInLocation(contentLocation ?? '');
      return admission.mayPass({
        ...(uid === undefined ? {} : { sopInstanceUid: uid }),
        ...(sopClassUid === undefined ? {} : { sopClassUid }),
      });
    },
    rewriteLocation: (location) => {
      const { value, unmapped } = rewriteUrl(location, mapping);
      if (unmapped > 0) deps.onUnmappedUrls?.(unmapped);
      return value;
    },
  };
}

async function shapeMetadata(
  deps: RetrieveDeps,
  admission: Admission,
  answer: PacsAnswer,
  resource: RetrieveResource,
): Promise<DicomwebAnswer> {
  const { status, headers, cancel } = answer;
  if (!/^application\/(dicom\+)?json\b/i.test(headers['content-type'] ?? '')) {
    throw new UpstreamFault('upstream-bad-answer', 'pacs', {
      detail: 'The PACS gave metadata in a form that cannot be read.',
    });
  }
  const datasets = parseDatasets(await collectBody(answer.body, MAX_METADATA_BYTES));
  const passing = datasets.filter((dataset) => {
    const sopInstanceUid = textOf(dataset, '00080018');
    const sopClassUid = textOf(dataset, '00080016');
    return (
      resource.level === 'instance' ||
      admission.mayPass({ ...(sopInstanceUid && { sopInstanceUid }), ...(sopClassUid && { sopClassUid }) })
    );
  });
  const bytes = rewrittenJson(deps, passing);
  return {
    status,
    headers: { ...withoutValidators(headers), 'content-length': String(bytes.length) },
    body: singlePiece(bytes),
    cancel,
  };
}

/** Datasets as JSON with the gateway's own addresses. Throws UpstreamFault for one nested too deeply to be read. */
export function rewrittenJson(
  deps: Pick<RetrieveDeps, 'pacs' | 'publicDicomwebUrl' | 'onUnmappedUrls'>,
  datasets: readonly unknown[],
): Uint8Array {
  const mapping = { ownBaseUrls: deps.pacs.ownBaseUrls, publicBaseUrl: deps.publicDicomwebUrl };
  const rewritten = datasets.map((dataset) => rewriteDicomUrls(dataset, mapping));
  const unmapped = rewritten.reduce((sum, one) => sum + one.unmapped, 0);
  if (unmapped > 0) deps.onUnmappedUrls?.(unmapped);
  return new TextEncoder().encode(JSON.stringify(rewritten.map((one) => one.value)));
}
