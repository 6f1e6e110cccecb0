import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

/** Makes the JSON Schemas of one document; those with a name stand once, and what uses them refers to them. */
export interface SchemaWriter {
  /** The schema of what is sent (`input`) or answered (`output`); what has an `id` in its meta is a reference. */
  readonly write: (schema: z.ZodType, io: 'input' | 'output') => Json;
  /** A reference to a schema without an `id`, under this name. Throws where the name is another schema's already. */
  readonly refer: (name: string, schema: z.ZodType) => Json;
  /** Every named schema written so far, by name: `components.schemas` (OpenAPI 3.1 §4.8.7). */
  readonly named: () => Json;
}

const AT_HOME = '#/$defs/';
const IN_DOCUMENT = '#/components/schemas/';

/** A writer for one document, with no named schema yet. */
export function createSchemaWriter(): SchemaWriter {
  const named = new Map<string, Json>();

  function keep(name: string, schema: Json): void {
    const known = named.get(name);
    // One schema sent and answered may read differently, and then it is two.
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema))
      throw new Error(`two schemas of the document are called ${name}`);
    named.set(name, schema);
  }

  function write(schema: z.ZodType, io: 'input' | 'output'): Json {
    // The dialect is the document's own; it is not said again in each part.
    const { $schema: _dialect, $defs = {}, ...own } = z.toJSONSchema(schema, { io });
    for (const [name, part] of Object.entries($defs)) keep(name, pointedObject(part));
    return pointedObject(own);
  }

  return {
    write,
    refer(name, schema) {
      keep(name, write(schema, 'output'));
      return { $ref: `${IN_DOCUMENT}${name}` };
    },
    named: () => Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function pointedObject(part: object): Json {
  return Object.fromEntries(
    Object.entries(part).map(([key, value]: readonly [string, unknown]) => [
      key,
      key === '$ref' && typeof value === 'string' ? value.replace(AT_HOME, IN_DOCUMENT) : pointed(value),
    ]),
  );
}

/** References lead to the document's components, not to the schema's own definitions. */
function pointed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(pointed);
  return typeof part === 'object' && part !== null ? pointedObject(part) : part;
}
