import { clock } from './compose-clock.ts';
import { storesOf } from './compose-stores.ts';
import type { Config } from './config.ts';
import type { CaseExplanation } from './domain/explain-decision.ts';
import { RegisterUnavailable } from './domain/errors.ts';
import { parseCaseId, type CaseId } from './domain/identifiers.ts';
import type { ReplayKind } from './domain/replay-decision.ts';
import { explainEntries } from './flows/explain-entries.ts';
import { readCaseEntries } from './flows/read-case-entries.ts';
import { readRegisterHead } from './flows/read-register-head.ts';
import { loadPolicy } from './register/load-policy.ts';
import { openRegister } from './register/open-register.ts';
import { caseExplanationPage } from './ui/case-explanation-page.ts';
import { explanationLines } from './ui/explanation-lines.ts';

/** 0: every decision comes out as recorded; 1: one comes out otherwise; 2: one cannot be decided again, or there is no such case. */
type ExitCode = 0 | 1 | 2;

const CODES: Readonly<Record<ReplayKind, ExitCode>> = { same: 0, different: 1, unreplayable: 2 };

/**
 * How the decisions of a logged case came about, as text, from a data folder that nobody or a running gateway has open. Throws
 * CaseLogUnavailable, RegisterUnavailable, SqliteRefused, PolicyFaults.
 */
export async function explainLoggedCase(
  config: Config,
  name: string,
): Promise<{ readonly code: ExitCode; readonly lines: readonly string[] }> {
  const caseId = parseCaseId(name);
  const explanation = caseId === undefined ? undefined : await explainStored(config, caseId);
  if (explanation === undefined) return { code: 2, lines: [`The case log holds no case "${name}".`] };
  const page = caseExplanationPage({ explanation, timeZone: config.timeZone });
  return { code: CODES[explanation.verdict], lines: explanationLines(page) };
}

async function explainStored(config: Config, caseId: CaseId): Promise<CaseExplanation | undefined> {
  const policy = loadPolicy(config.policyFile);
  const stores = storesOf(config, { clock, onWarn: () => undefined });
  try {
    const caseLogReader = await stores.openLogReadOnly();
    try {
      const database = await stores.openDatabaseReadOnly();
      if (database === undefined) throw new RegisterUnavailable('There is no register here.');
      try {
        const logged = (): ReturnType<typeof readRegisterHead> => readRegisterHead({ caseLogReader });
        const register = await openRegister({ database, policy, clock, logged });
        return await explainEntries({ register }, await readCaseEntries({ caseLogReader }, caseId));
      } finally {
        await database.destroy();
      }
    } finally {
      caseLogReader.close();
    }
  } finally {
    await stores.close();
  }
}
