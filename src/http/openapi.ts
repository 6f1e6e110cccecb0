import { z } from 'zod';
import type { GoodAnswer, Operation } from './openapi-operation.ts';
import { OPERATIONS } from './openapi-operations.ts';
import { problemReferences, problemResponses } from './openapi-problems.ts';
import { createSchemaWriter, type SchemaWriter } from './openapi-schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** The gateway's version; a test holds it against package.json. */
const VERSION = '0.1.0';

/**
 * The API as an OpenAPI 3.1 document, made from the schemas that check the requests. Its JSON Schema dialect is that of
 * OpenAPI 3.1, draft 2020-12. What many operations answer stands once under `components` and is referred to.
 */
export function openapiDocument(): Json {
  const schemas = createSchemaWriter();
  const paths = pathsOf(OPERATIONS, schemas);
  const responses = problemResponses(OPERATIONS, schemas);
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
    paths,
    components: {
      schemas: schemas.named(),
      responses,
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-countersign-session' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function pathsOf(operations: readonly Operation[], schemas: SchemaWriter): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const methods = (paths[operation.path] ??= {});
    methods[operation.method] = operationObject(operation, schemas);
  }
  return paths;
}

function operationObject(operation: Operation, schemas: SchemaWriter): Json {
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
    ...parametersOf('path', operation.params, schemas),
    ...parametersOf('query', operation.query, schemas),
    ...parametersOf('header', operation.headers, schemas),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(isOpen ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: bodyOf(body, bodyType, schemas) }),
    responses: {
      ...goodAnswers([answer, ...otherAnswers], schemas),
      ...problemReferences(operation),
    },
  };
}

function bodyOf(body: z.ZodType, type: string, schemas: SchemaWriter): Json {
  const required = !z.safeParse(body, undefined).success;
  return { required, content: { [type]: { schema: schemas.write(body, 'input') } } };
}

/** Answers of one status are told apart by their types. */
function goodAnswers(answers: readonly GoodAnswer[], schemas: SchemaWriter): Json {
  const statuses = [...new Set(answers.map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const these = answers.filter((answer) => answer.status === status);
      const content = Object.fromEntries(these.flatMap((answer) => contentOf(answer, schemas)));
      const headers = Object.fromEntries(these.flatMap((answer) => headersOf(answer, schemas)));
      const description = these.map((answer) => answer.description).join(' ');
      return [String(status), { description, ...unlessEmpty({ headers }), ...unlessEmpty({ content }) }];
    }),
  );
}

/** Those members that say anything. */
function unlessEmpty(members: Readonly<Record<string, Json>>): Json {
  return Object.fromEntries(Object.entries(members).filter(([, said]) => Object.keys(said).length > 0));
}

/** OpenAPI 3.1 §4.8.21: a parameter without its name and place. */
function headersOf({ headers }: GoodAnswer, schemas: SchemaWriter): readonly (readonly [string, Json])[] {
  const described = parametersOf('header', headers, schemas);
  return described.map(({ name, in: _place, ...header }) => [String(name), header]);
}

function contentOf(
  { type, schema }: GoodAnswer,
  schemas: SchemaWriter,
): readonly (readonly [string, Json])[] {
  if (type === undefined) return [];
  return [[type, schema === undefined ? {} : { schema: schemas.write(schema, 'output') }]];
}

function parametersOf(
  place: 'path' | 'query' | 'header',
  schema: z.ZodObject | undefined,
  schemas: SchemaWriter,
): readonly Json[] {
  if (schema === undefined) return [];
  const fields: readonly (readonly [string, z.core.$ZodType])[] = Object.entries(schema.shape);
  return fields.map(([name, field]) => {
    const { description, ...shape } = schemas.write(z.pipe(field, z.unknown()), 'input');
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
