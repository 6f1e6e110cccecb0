// Asks the gateway. Nothing here rejects: what went wrong is an answer too, with a sentence for the person.

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
    run: ({ model, version, function: wanted }, study, key) =>
      call(
        `/v2/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}/infer`,
        {
          body: { parameters: { study_instance_uid: study, function: wanted } },
          headers: { 'Idempotency-Key': key },
        },
        RUN_PATIENCE_MS,
      ),
  };
}

async function ask(path, { body, headers, authorization, patienceMs }) {
  try {
    const answer = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
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
    return await read(answer);
  } catch {
    return { kind: 'away', sentence: AWAY };
  }
}

async function read(answer) {
  if (answer.status === 401) return { kind: 'signed-out' };
  const body = await answer.json().catch(() => undefined);
  if (answer.ok && isObject(body)) return { kind: 'ok', body };
  if (!isObject(body)) return { kind: 'away', sentence: AWAY };
  return {
    kind: 'refused',
    // Problem details at `/api`, the protocol's own errors at `/v2`.
    sentence: body.detail ?? body.error ?? body.title ?? AWAY,
    reasons: Array.isArray(body.reasons) ? body.reasons : [],
    caseId: body.caseId ?? body.case_id,
  };
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}
