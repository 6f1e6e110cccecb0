import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './planted-tree.ts';

/** What the Dockerfile and .dockerignore say, as far as tests ask. */
export interface ImageSteps {
  /** Instructions in order, with their continuation lines joined. */
  readonly instructions: readonly { readonly word: string; readonly rest: string }[];
  /** Instructions after the last FROM: what is in the image. */
  readonly final: readonly { readonly word: string; readonly rest: string }[];
  /** The one RUN of the build stage. */
  readonly assemble: string;
  /** Program and arguments of the health check. */
  readonly healthCheck: readonly string[];
  /** Top-level names that reach the build. */
  readonly sources: readonly string[];
}

/** Reads the image's own steps, so that a test performs those and no copy of them. */
export function readImageSteps(): ImageSteps {
  const text = readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8');
  const instructions = text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
  const lastFrom = instructions.findLastIndex(({ word }) => word === 'FROM');
  const health = instructions.find(({ word }) => word === 'HEALTHCHECK')?.rest ?? '';
  const ignored = readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8').split('\n');
  return {
    instructions,
    final: instructions.slice(lastFrom),
    assemble: instructions.slice(0, lastFrom).find(({ word }) => word === 'RUN')?.rest ?? '',
    healthCheck: JSON.parse(health.slice(health.indexOf('['))) as readonly string[],
    sources: ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1)),
  };
}
