import type { z } from 'zod';
import type { ProblemCode } from '../domain/errors.ts';

/** What an operation answers when it goes well. */
export interface GoodAnswer {
  readonly status: 200 | 201 | 202 | 304;
  readonly description: string;
  /** Absent where the answer is empty. */
  readonly type?: string;
  readonly schema?: z.ZodType;
  /** What its headers say, by their names. */
  readonly headers?: z.ZodObject;
}

/** How errors of a door are answered, in whatever codes. */
export interface ProblemShape {
  /** What the document calls its schema. */
  readonly name: string;
  readonly type: string;
  readonly schema: z.ZodType;
}

/** One method of one path, as the document describes it. */
export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put';
  /** With `{name}` for each part that varies. */
  readonly path: string;
  readonly summary: string;
  readonly tag: 'AI' | 'register' | 'cases' | 'case log' | 'surveillance' | 'sign-in' | 'health';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** JSON where nothing else is said. */
  readonly bodyType?: string;
  readonly answer: GoodAnswer;
  /** Where it can go well in more than one way. */
  readonly otherAnswers?: readonly GoodAnswer[];
  /** Problem codes it answers with, besides those every operation may. */
  readonly problems: readonly ProblemCode[];
  /** The shape of its errors; problem+json where nothing else is said. */
  readonly problemShape?: ProblemShape;
  /** False where nobody has to be signed in. */
  readonly isOpen?: boolean;
}
