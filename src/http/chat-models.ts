import type { Request, RequestHandler, Response } from 'express';
import { NotPermitted } from '../domain/errors.ts';
import type { StudyUid } from '../domain/identifiers.ts';
import { reasonOf } from '../domain/reason-texts.ts';
import { abortSignalOf } from './abort-signal.ts';
import type { AppDeps } from './app-deps.ts';
import { chatModelParams } from './chat-schemas.ts';
import { sendDialectJson } from './dialect-answer.ts';
import { studyOfHeader } from './named-study.ts';
import { listModelRows, readinessOf, type ModelRow } from './oip-models.ts';
import { parseInput } from './parse-input.ts';

interface Deps {
  readonly flows: Pick<AppDeps['flows'], 'listModels'>;
}

type FirstAndRest = readonly [ModelRow, ...ModelRow[]];

/** GET /v1/models: the versions that are ready for whoever asks, on the study where the header names one. */
export function sendChatModels(deps: Deps): RequestHandler {
  return async (req, res) => {
    const study = studyOfHeader(req);
    const versions = byVersion(await chatRows(deps, { req, res, study }));
    const ready = versions.filter((rows) => readinessOf(rows, study).ready);
    sendDialectJson(res, 200, { object: 'list', data: ready.map((rows) => modelOf(rows, study)) });
  };
}

/** GET /v1/models/{name@version}: one of them, or why it is not. */
export function sendChatModel(deps: Deps): RequestHandler {
  return async (req, res) => {
    const { id } = parseInput(chatModelParams, req.params);
    const study = studyOfHeader(req);
    const all = await chatRows(deps, { req, res, study });
    const rows = all.filter(({ model, version }) => model === id.model && version === id.version);
    const [first, ...others] = rows;
    if (first === undefined) throw new NotPermitted([reasonOf('model-unknown', id)]);
    const { ready, reasons } = readinessOf(rows, study);
    if (!ready) throw new NotPermitted(reasons);
    sendDialectJson(res, 200, modelOf([first, ...others], study));
  };
}

/** Only what is called in this dialect. */
async function chatRows(
  deps: Deps,
  asked: { readonly req: Request; readonly res: Response; readonly study: StudyUid | undefined },
): Promise<readonly ModelRow[]> {
  const rows = await listModelRows(deps, asked, abortSignalOf(asked.req, asked.res));
  return rows.filter(({ protocol }) => protocol === 'openai-chat');
}

function byVersion(rows: readonly ModelRow[]): readonly FirstAndRest[] {
  const versions = new Map<string, [ModelRow, ...ModelRow[]]>();
  for (const row of rows) {
    const known = versions.get(nameOf(row));
    if (known === undefined) versions.set(nameOf(row), [row]);
    else known.push(row);
  }
  return [...versions.values()];
}

/** `created` is a day of the API's own life, which the register does not know. */
function modelOf(rows: FirstAndRest, study: StudyUid | undefined): Readonly<Record<string, unknown>> {
  const [first] = rows;
  const open = rows.filter((row) => readinessOf([row], study).ready);
  return {
    id: nameOf(first),
    object: 'model',
    created: 0,
    owned_by: 'countersign',
    countersign: { title: first.title, functions: open.map((row) => row.function) },
  };
}

function nameOf({ model, version }: ModelRow): string {
  return `${model}@${version}`;
}
