import { z } from 'zod';
import { createSchemaWriter } from '../../src/http/openapi-schemas.ts';

const code = z.strictObject({ code: z.string() }).meta({ id: 'TestCode' });
const CODE = {
  type: 'object',
  properties: { code: { type: 'string' } },
  required: ['code'],
  additionalProperties: false,
};
const REFERENCE = { $ref: '#/components/schemas/TestCode' };

describe('a schema with a name', () => {
  test.each<{ name: string; schema: z.ZodType; written: object }>([
    { name: 'by itself', schema: code, written: REFERENCE },
    { name: 'in a list', schema: z.array(code), written: { type: 'array', items: REFERENCE } },
    {
      name: 'in words of its own',
      schema: code.meta({ description: 'The last.' }),
      written: { ...REFERENCE, description: 'The last.' },
    },
    {
      name: 'as a field that may be absent',
      schema: z.object({ last: code.optional() }),
      written: { type: 'object', properties: { last: REFERENCE }, additionalProperties: false },
    },
  ])('$name is a reference, and stands once', ({ schema, written }) => {
    const schemas = createSchemaWriter();
    expect(schemas.write(schema, 'output')).toEqual(written);
    expect(schemas.write(schema, 'output')).toEqual(written);
    expect(schemas.named()).toEqual({ TestCode: CODE });
  });

  test('is named where it is referred to, in the order of names', () => {
    const schemas = createSchemaWriter();
    expect(schemas.refer('Second', z.array(code))).toEqual({ $ref: '#/components/schemas/Second' });
    expect(schemas.refer('First', z.string())).toEqual({ $ref: '#/components/schemas/First' });
    expect(Object.entries(schemas.named())).toEqual([
      ['First', { type: 'string' }],
      ['Second', { type: 'array', items: REFERENCE }],
      ['TestCode', CODE],
    ]);
  });

  test('takes a name from no other', () => {
    const schemas = createSchemaWriter();
    schemas.write(code, 'output');
    expect(() => schemas.refer('TestCode', z.string())).toThrow(
      'two schemas of the document are called TestCode',
    );
  });

  test('has two names where it is sent otherwise than it is answered', () => {
    const page = z.object({ size: z.int().default(10) }).meta({ id: 'TestPage' });
    const schemas = createSchemaWriter();
    schemas.write(page, 'input');
    expect(() => schemas.write(page, 'output')).toThrow('two schemas of the document are called TestPage');
  });
});

test('a schema without a name stands where it is used', () => {
  const schemas = createSchemaWriter();
  expect(schemas.write(z.array(z.string()), 'input')).toEqual({ type: 'array', items: { type: 'string' } });
  expect(schemas.named()).toEqual({});
});
