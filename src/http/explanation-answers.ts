import type { DecisionExplanation } from '../domain/explain-decision.ts';
import type { StoodThen } from '../domain/stood-then.ts';
import type { ExplainedCase } from '../flows/explain-case.ts';
import type { WhoCouldUse } from '../flows/who-could-use.ts';

type Json = Readonly<Record<string, unknown>>;

/** An explanation as the API tells it: times in ISO 8601 UTC. */
export function explanationAnswer({ decisions, ...rest }: ExplainedCase): Json {
  return { ...rest, decisions: decisions.map(decisionAnswer) };
}

/** Who could use a version, as the API tells it. */
export function whoCouldUseAnswer({ at, ...rest }: WhoCouldUse): Json {
  return { ...rest, at: isoOf(at) };
}

function decisionAnswer({ decidedAt, asked, stood, ...rest }: DecisionExplanation): Json {
  return {
    ...rest,
    decidedAt: isoOf(decidedAt),
    asked: askedAnswer(asked),
    ...(stood === undefined ? {} : { stood: stoodAnswer(stood) }),
  };
}

function askedAnswer({ login, madeAt, ...rest }: DecisionExplanation['asked']): Json {
  return {
    ...rest,
    ...(login === undefined ? {} : { login: { ...login, at: isoOf(login.at) } }),
    ...(madeAt === undefined ? {} : { madeAt: isoOf(madeAt) }),
  };
}

function stoodAnswer({ credentials, approval, model, stopUses, ...rest }: StoodThen): Json {
  return {
    ...rest,
    credentials: credentials.map(({ requirements, ...credential }) => ({
      ...credential,
      requirements: requirements.map(timed),
    })),
    ...(approval === undefined ? {} : { approval: timed(approval) }),
    ...(model === undefined ? {} : { model: { ...timed(model), releases: model.releases.map(timed) } }),
    stopUses: stopUses.map(timed),
  };
}

/** The members of a record that are moments. */
const MOMENTS = ['from', 'until', 'liftedAt', 'metUntil', 'retiredAt'] as const;
type Timed = { readonly [name in (typeof MOMENTS)[number]]?: number };

function timed(record: Timed & object): Json {
  const moments = MOMENTS.flatMap((name) => {
    const moment = record[name];
    return moment === undefined ? [] : [[name, isoOf(moment)] as const];
  });
  return { ...record, ...Object.fromEntries(moments) };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
