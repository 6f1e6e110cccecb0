import { PROBLEM_CODES, type ProblemCode } from '../domain/errors.ts';
import { problem } from './openapi-answers.ts';
import type { Operation, ProblemShape } from './openapi-operation.ts';
import type { SchemaWriter } from './openapi-schemas.ts';
import { PROBLEMS } from './problem.ts';

type Json = Readonly<Record<string, unknown>>;

/** What operations of one shape answer under one status: one of these codes. */
interface ProblemAnswer {
  readonly shape: ProblemShape;
  readonly status: number;
  /** In the order of PROBLEM_CODES, so that it does not matter in which order an operation lists them. */
  readonly codes: readonly ProblemCode[];
}

const PROBLEM_SHAPE: ProblemShape = { name: 'Problem', type: 'application/problem+json', schema: problem };

/** The errors of an operation by status, each a reference to where it stands (OpenAPI 3.1 §4.8.16, §4.8.23). */
export function problemReferences(operation: Operation): Json {
  return Object.fromEntries(
    problemAnswers(operation).map((answer) => [
      String(answer.status),
      { $ref: `#/components/responses/${nameOf(answer)}` },
    ]),
  );
}

/** The errors of all operations by name, each once: `components.responses` (OpenAPI 3.1 §4.8.7). */
export function problemResponses(operations: readonly Operation[], schemas: SchemaWriter): Json {
  const answers = new Map(operations.flatMap(problemAnswers).map((answer) => [nameOf(answer), answer]));
  return Object.fromEntries(
    [...answers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { shape, codes }]) => [
        name,
        {
          description: codes.map(describe).join(' '),
          content: { [shape.type]: { schema: schemas.refer(shape.name, shape.schema) } },
        },
      ]),
  );
}

/** Errors by status; several codes may share one. */
function problemAnswers(operation: Operation): readonly ProblemAnswer[] {
  const { problems, problemShape: shape = PROBLEM_SHAPE, isOpen = false } = operation;
  const given = new Set<ProblemCode>([
    ...(isOpen ? [] : ['not-identified' as const]),
    ...problems,
    'internal',
  ]);
  const codes = PROBLEM_CODES.filter((code) => given.has(code));
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return [...byStatus].map(([status, these]) => ({ shape, status, codes: these }));
}

/** Says the shape, the status and each code, so that an operation's reference can be read without following it. */
function nameOf({ shape, status, codes }: ProblemAnswer): string {
  return [shape.name, status, ...codes].join('_');
}

function describe(code: ProblemCode): string {
  return `${PROBLEMS[code].title} (${code}).`;
}
