import { z } from 'zod';
import type { ProblemCode } from '../domain/errors.ts';
import { problem } from './openapi-answers.ts';
import type { Operation } from './openapi-operation.ts';
import { OPERATIONS } from './openapi-operations.ts';
import { PROBLEMS } from './problem.ts';

type Json = Readonly<Record<string, unknown>>;

/** The gateway's version; a test holds it against package.json. */
const VERSION = '0.1.0';
const PROBLEM_JSON = 'application/problem+json';

/**
 * The API as an OpenAPI 3.1 document, made from the schemas that check the requests. Its JSON Schema dialect is that of
 * OpenAPI 3.1, draft 2020-12.
 */
export function openapiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: VERSION,
      description:
        'Unlocks an AI function for the right clinician and the exact model version, and keeps every case on record. Images are served under /dicom-web/ (DICOMweb, PS3.18), which is not described here.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ session: [] }, { bearer: [] }],
    paths: pathsOf(OPERATIONS),
    components: {
      schemas: { Problem: schemaOf(problem, 'output') },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-countersign-session' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function pathsOf(operations: readonly Operation[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const methods = (paths[operation.path] ??= {});
    methods[operation.method] = operationObject(operation);
  }
  return paths;
}

function operationObject(operation: Operation): Json {
  const {
    id,
    tag,
    summary,
    body,
    bodyType = 'application/json',
    answer,
    otherAnswers = [],
    isOpen = false,
  } = operation;
  const parameters = [
    ...parametersOf('path', operation.params),
    ...parametersOf('query', operation.query),
    ...parametersOf('header', operation.headers),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(isOpen ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { [bodyType]: { schema: schemaOf(body, 'input') } } } }),
    responses: {
      ...goodAnswers([answer, ...otherAnswers]),
      ...problemAnswers(operation),
    },
  };
}

/** Answers of one status are told apart by their types. */
function goodAnswers(answers: readonly Operation['answer'][]): Json {
  const statuses = [...new Set(answers.map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const these = answers.filter((answer) => answer.status === status);
      const content = Object.fromEntries(these.flatMap(contentOf));
      const description = these.map((answer) => answer.description).join(' ');
      return [String(status), { description, ...(Object.keys(content).length === 0 ? {} : { content }) }];
    }),
  );
}

function contentOf({ type, schema }: Operation['answer']): readonly (readonly [string, Json])[] {
  if (type === undefined) return [];
  return [[type, schema === undefined ? {} : { schema: schemaOf(schema, 'output') }]];
}

function parametersOf(place: 'path' | 'query' | 'header', schema: z.ZodObject | undefined): readonly Json[] {
  if (schema === undefined) return [];
  const fields: readonly (readonly [string, z.core.$ZodType])[] = Object.entries(schema.shape);
  return fields.map(([name, field]) => {
    const { description, ...shape } = schemaOf(z.pipe(field, z.unknown()), 'input');
    const required = place === 'path' || !z.safeParse(field, undefined).success;
    return {
      name,
      in: place,
      required,
      ...(description === undefined ? {} : { description }),
      schema: shape,
    };
  });
}

/** Errors by status; several codes may share one. */
function problemAnswers(operation: Operation): Json {
  const { problemShape, isOpen = false } = operation;
  const codes: readonly ProblemCode[] = [
    ...(isOpen ? [] : ['not-identified' as const]),
    ...operation.problems,
    'internal',
  ];
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  const content =
    problemShape === undefined
      ? { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/Problem' } } }
      : { [problemShape.type]: { schema: schemaOf(problemShape.schema, 'output') } };
  return Object.fromEntries(
    [...byStatus].map(([status, these]) => [
      String(status),
      { description: these.map(describe).join(' '), content },
    ]),
  );
}

function describe(code: ProblemCode): string {
  return `${PROBLEMS[code].title} (${code}).`;
}

/** The JSON Schema of what is sent (`input`) or answered (`output`). */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(z.toJSONSchema(schema, { io }));
  // The dialect is the document's own; it is not said again in each part.
  return Object.fromEntries(entries.filter(([name]) => name !== '$schema'));
}
