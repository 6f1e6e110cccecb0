// Asks the gateway. Nothing here rejects: what went wrong is an answer too, with a sentence for the person.

import { draftTexts } from './panel-words.js';

const AWAY = 'The gateway does not answer.';
const PATIENCE_MS = 20_000;
/** An endpoint has its own deadline at the gateway; this one only ends what would never end. */
const RUN_PATIENCE_MS = 15 * 60_000;

/**
 * `authorization` gives the headers by which the viewer signs its requests, if it does. Answers are `{ kind: 'ok', body }`,
 * `{ kind: 'signed-out' }`, `{ kind: 'refused', sentence, reasons, caseId }` or `{ kind: 'away', sentence }`.
 */
export function createClient(authorization) {
  const call = (path, init, patienceMs = PATIENCE_MS) => ask(path, { ...init, authorization, patienceMs });
  return {
    isReady: () => call('/v2/health/ready', {}),
    models: (study) => call(`/api/models?study=${encodeURIComponent(study)}`, {}),
    cases: (study) => call(`/api/cases?limit=10&study=${encodeURIComponent(study)}`, {}),
    oneCase: (caseId) => call(`/api/cases/${encodeURIComponent(caseId)}`, {}),
    dispositions: () => call('/api/dispositions', {}),
    answer: (caseId, said) => call(`/api/cases/${encodeURIComponent(caseId)}/disposition`, { body: said }),
    /** `{ kind: 'ok', caseId, drafts }`: which case it is stands in a header of the gateway's, whatever a model answers. */
    run: (row, study, key) => {
      const { path, headers, ...rest } = CALLS[row.protocol](row, study);
      const init = {
        ...rest,
        method: 'POST',
        headers: { ...headers, 'Idempotency-Key': key },
        readOk: readRun,
      };
      return call(path, init, RUN_PATIENCE_MS);
    },
  };
}

/** How each dialect is asked to read the study itself. */
const CALLS = {
  'oip-v2': ({ model, version, function: wanted }, study) => ({
    path: `/v2/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}/infer`,
    body: { parameters: { study_instance_uid: study, function: wanted } },
  }),
  torchserve: ({ model, version, function: wanted }, study) => ({
    path: `/torchserve/predictions/${encodeURIComponent(model)}/${encodeURIComponent(version)}?function=${encodeURIComponent(wanted)}`,
    headers: { 'Countersign-Study': study },
  }),
};

async function ask(path, init) {
  const { body, headers, authorization, patienceMs, readOk = readJson } = init;
  const { method = body === undefined ? 'GET' : 'POST' } = init;
  try {
    const answer = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: window.AbortSignal.timeout(patienceMs),
      headers: {
        Accept: 'application/json, application/problem+json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
        ...authorization(),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status === 401) return { kind: 'signed-out' };
    return answer.ok ? await readOk(answer) : refused(await answer.json());
  } catch {
    return { kind: 'away', sentence: AWAY };
  }
}

async function readJson(answer) {
  const body = await answer.json();
  return isObject(body) ? { kind: 'ok', body } : { kind: 'away', sentence: AWAY };
}

/** Of an answer only drafts are shown here; everything else of it stands in its case. It is read to its end: left early, it would count as cut. */
async function readRun(answer) {
  const caseId = answer.headers.get('case-id') ?? undefined;
  const type = answer.headers.get('content-type') ?? '';
  if (answer.headers.get('countersign-draft') !== 'true') {
    await answer.body?.pipeTo(new window.WritableStream());
    return { kind: 'ok', caseId, drafts: [] };
  }
  const drafts = type.startsWith('text/plain') ? [await answer.text()] : draftTexts(await answer.json());
  return { kind: 'ok', caseId, drafts };
}

/** Problem details at `/api`, each protocol's own errors elsewhere. What is none of them came from something in between. */
function refused(body) {
  if (!isObject(body)) return { kind: 'away', sentence: AWAY };
  return {
    kind: 'refused',
    sentence: [body.detail, body.error, body.message, body.title].find(isText) ?? AWAY,
    reasons: Array.isArray(body.reasons) ? body.reasons : [],
    caseId: body.caseId ?? body.case_id,
  };
}

function isText(value) {
  return typeof value === 'string';
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}
