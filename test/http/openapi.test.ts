import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { PROBLEM_CODES } from '../../src/domain/errors.ts';
import { OPERATIONS } from '../../src/http/openapi-operations.ts';
import { PROBLEMS } from '../../src/http/problem.ts';
import { edgeApp, SOURCE_ROOT } from '../fakes/edge-app.ts';
import {
  describedAnswer,
  document,
  followed,
  operations,
  promisedProblems,
  references,
} from './openapi-reader.ts';

const ROOT = join(SOURCE_ROOT, '..');
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
/** Doors whose every route the document describes. */
const DESCRIBED =
  /^\/(api|v1|v2|torchserve|health|\.well-known)(\/|$)|^\/auth\/(whoami|token|revoke)$|^\/monai\/(info\/|infer\/\{model\}|auth\/(token(\/valid)?)?)$/;

/** What of Express's routers this reads (router 2). */
interface Layer {
  readonly method?: string;
  readonly route?: { readonly path: string; readonly stack: readonly Layer[] };
  readonly handle?: { readonly stack?: readonly Layer[] };
}

/** Every `method /path/{name}` that the app routes at the described doors, read from its routers. */
function routed(stack: readonly Layer[]): readonly string[] {
  return stack.flatMap(({ route, handle }) => {
    if (route === undefined) return routed(handle?.stack ?? []);
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const methods = route.stack.flatMap(({ method }) => (method === undefined ? [] : [method]));
    return DESCRIBED.test(path)
      ? methods.filter((method) => METHODS.includes(method)).map((method) => `${method} ${path}`)
      : [];
  });
}

describe('the OpenAPI document', () => {
  test('is the one kept in docs (else: npm run openapi, and look at the difference)', () => {
    expect(JSON.parse(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8'))).toEqual(document);
  });

  test('is served to anybody', async () => {
    const res = await request(edgeApp()).get('/openapi.json');
    expect([res.status, res.headers['content-type']]).toEqual([200, 'application/json']);
    expect(res.body).toEqual(document);
  });

  test('names the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(document.info.version).toBe(version);
  });

  test('describes every route of its doors, and no other', () => {
    const { router } = edgeApp() as unknown as { readonly router: Required<Layer>['handle'] };
    const routes = new Set(routed(router.stack ?? []));
    expect(routes.size).toBeGreaterThan(10);
    expect(operations.map(({ path, method }) => `${method} ${path}`).sort()).toEqual([...routes].sort());
  });

  test('gives every operation a name of its own', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(operations)('$method $path is well formed (OpenAPI 3.1 §4.8)', ({ path, operation }) => {
    expect(operation.summary).toMatch(/\.$/);
    const parameters = operation.parameters ?? [];
    const inPath = parameters.filter((one) => one.in === 'path').map((one) => one.name);
    expect([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)).toEqual(inPath);
    for (const one of parameters) {
      expect(Object.keys(one.schema).length).toBeGreaterThan(0);
      if (one.in === 'path') expect(one.required).toBe(true);
    }
    for (const status of Object.keys(operation.responses)) {
      expect(status).toMatch(/^[2-5]\d\d$/);
      const answer = describedAnswer(operation, status);
      expect(answer.description).toMatch(/\.$/);
      // Only an answer without a body has no type.
      if (answer.content === undefined) expect(answer.description).toMatch(/empty/);
      else expect(Object.keys(answer.content)).not.toHaveLength(0);
    }
    if (operation.security === undefined) expect(operation.responses['401']).toBeDefined();
    expect(operation.responses['500']).toBeDefined();
  });

  test.each(OPERATIONS)('$id promises its problem codes, each under its status', (given) => {
    const { id, isOpen = false, problems } = given;
    const codes = new Set(['internal', ...(isOpen ? [] : ['not-identified']), ...problems]);
    const expected = PROBLEM_CODES.filter((code) => codes.has(code)).map(
      (code) => `${PROBLEMS[code].status} ${code}`,
    );
    const described = operations.find(({ operation }) => operation.operationId === id);
    expect(described && promisedProblems(described.operation).toSorted()).toEqual(expected.toSorted());
  });

  test.each(operations)('$method $path refers to its problems, which stand once', ({ operation }) => {
    for (const [status, answer] of Object.entries(operation.responses)) {
      if (Number(status) >= 400) expect(Object.keys(answer)).toEqual(['$ref']);
    }
  });

  test('has no reference that leads nowhere', () => {
    expect(references().length).toBeGreaterThan(0);
    for (const reference of references()) {
      expect(reference).toMatch(/^#\/components\/(schemas|responses)\/[A-Za-z0-9_-]+$/);
      expect(followed(reference)).toBeDefined();
    }
    expect(() => followed('#/components/schemas/Nothing')).toThrow('leads nowhere');
  });

  test('has no part that nothing refers to', () => {
    const { schemas, responses } = document.components;
    const parts = [
      ...Object.keys(schemas).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(responses).map((name) => `#/components/responses/${name}`),
    ];
    expect([...new Set(references())].toSorted()).toEqual(parts.toSorted());
  });

  test('holds what problem+json holds', () => {
    expect(document.components.schemas['Problem']?.required).toEqual([
      'type',
      'title',
      'status',
      'code',
      'reasons',
      'requestId',
    ]);
  });
});
