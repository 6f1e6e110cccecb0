import { z } from 'zod';
import { openapiDocument } from '../../src/http/openapi.ts';

/** What of a Response Object this reads (OpenAPI 3.1 §4.8.17). */
export interface DescribedAnswer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly schema: object }>>;
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}
export interface DescribedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly responses: Readonly<Record<string, object>>;
}
interface OpenapiDocument {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly required?: readonly string[] }>>;
    readonly responses: Readonly<Record<string, DescribedAnswer>>;
  };
}
/** What came back over HTTP. */
export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

// Through JSON, as clients read it: what does not survive that is not in the document.
export const document: OpenapiDocument = JSON.parse(JSON.stringify(openapiDocument()));

export const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Every `$ref` of the document, as often as it stands there. */
export function references(): readonly string[] {
  return [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) =>
    String(reference),
  );
}

/** What a reference leads to (RFC 6901 §4, §6). Throws where it leads nowhere in this document. */
export function followed(reference: string): object {
  const [start, ...steps] = reference.split('/');
  const found = steps.reduce<unknown>((part, step) => {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    return isObject(part) && Object.hasOwn(part, name) ? part[name] : undefined;
  }, document);
  if (start !== '#' || !isObject(found)) throw new Error(`${reference} leads nowhere`);
  return found;
}

/** What the document says of one status of an operation, wherever it says so. Throws where it says nothing. */
export function describedAnswer(operation: DescribedOperation, status: string): DescribedAnswer {
  const given = operation.responses[status] ?? {};
  return parseAnswer('$ref' in given ? followed(String(given.$ref)) : given);
}

/** The problem codes that an operation promises, each after its status. */
export function promisedProblems(operation: DescribedOperation): readonly string[] {
  return Object.keys(operation.responses).flatMap((status) =>
    promisedCodes(describedAnswer(operation, status)).map((code) => `${status} ${code}`),
  );
}

/** The problem codes that an answer promises: its description names each in brackets. */
function promisedCodes({ description }: DescribedAnswer): readonly string[] {
  return [...description.matchAll(/\(([a-z-]+)\)\./g)].map(([, code]) => String(code));
}

/** What of an answer the document does not say of that operation; nothing where it says all of it. */
export function faultsOf(operationId: string, { status, type, body }: Answered): readonly string[] {
  const operation = operations.find((one) => one.operation.operationId === operationId)?.operation;
  if (operation === undefined) return [`no operation ${operationId}`];
  if (operation.responses[status] === undefined) return [`no status ${status}`];
  const answer = describedAnswer(operation, String(status));
  const media = answer.content?.[type];
  if (media === undefined) return [`no type ${type}`];
  return [...faultsOfShape(media.schema ?? {}, body), ...(status < 400 ? [] : faultsOfCode(answer, body))];
}

function faultsOfShape(schema: object, body: unknown): readonly string[] {
  const { error } = checkOf(schema).safeParse(body);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function faultsOfCode(answer: DescribedAnswer, body: unknown): readonly string[] {
  const code = codeOf(body);
  return code === undefined || promisedCodes(answer).includes(code) ? [] : [`no code ${code}`];
}

/** A schema of the document as a check, its references with it. */
function checkOf(schema: object): z.ZodType {
  const whole = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')));
}

/** The problem code of an error in whatever shape; OAuth's errors have none. */
function codeOf(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const { code, error } = body;
  if (typeof code === 'string') return code;
  return isObject(error) ? codeOf(error) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function parseAnswer(value: object): DescribedAnswer {
  if (!('description' in value) || typeof value.description !== 'string') throw new Error('no description');
  return value as DescribedAnswer;
}
