import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { openapiDocument } from '../../src/http/openapi.ts';
import { edgeApp, SOURCE_ROOT } from '../fakes/edge-app.ts';

const ROOT = join(SOURCE_ROOT, '..');
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
/** Doors whose every route the document describes. */
const DESCRIBED =
  /^\/(api|v1|v2|health|\.well-known)(\/|$)|^\/auth\/(whoami|token|revoke)$|^\/monai\/(info\/|infer\/\{model\}|auth\/(token(\/valid)?)?)$/;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly responses: Readonly<Record<string, { description: string; content?: object }>>;
}
interface OpenapiDocument {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly required: readonly string[] }>>;
  };
}
/** What of Express's routers this reads (router 2). */
interface Layer {
  readonly method?: string;
  readonly route?: { readonly path: string; readonly stack: readonly Layer[] };
  readonly handle?: { readonly stack?: readonly Layer[] };
}

// Through JSON, as clients read it: what does not survive that is not in the document.
const document: OpenapiDocument = JSON.parse(JSON.stringify(openapiDocument()));
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

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
    for (const [status, answer] of Object.entries(operation.responses)) {
      expect(status).toMatch(/^[2-5]\d\d$/);
      expect(answer.description).not.toBe('');
      // Only an answer without a body has no type.
      if (answer.content === undefined) expect(answer.description).toMatch(/empty/);
      else expect(Object.keys(answer.content)).not.toHaveLength(0);
    }
    if (operation.security === undefined) expect(operation.responses['401']).toBeDefined();
    expect(operation.responses['500']).toBeDefined();
  });

  test('has no reference that leads nowhere', () => {
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) =>
      String(name),
    );
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(document.components.schemas[name]).toBeDefined();
    expect(text.match(/"\$ref"/g)).toHaveLength(names.length);
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
