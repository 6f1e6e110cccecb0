import type { CaseExplanationPage, ExplainedDecision } from './case-explanation-page.ts';

/** An explanation as text for a terminal: the same words as the page, one fact to a line. */
export function explanationLines({
  caseId,
  subject,
  verdict,
  decisions,
}: CaseExplanationPage): readonly string[] {
  return [
    `Case ${caseId}`,
    subject,
    ...decisions.flatMap(decisionLines),
    '',
    `${verdict.tag.text}: ${verdict.text}`,
  ];
}

function decisionLines(decision: ExplainedDecision): readonly string[] {
  const { title, at, question, answer, outcome, reasons, otherCodes, replay } = decision;
  return [
    '',
    `${title}, ${at.text}`,
    `  ${question}`,
    `  ${answer.text}.${outcome === undefined ? '' : ` ${outcome}`}`,
    ...reasons.map(({ code, text }) => `    ${code}: ${text}`),
    ...otherCodes.map((code) => `    ${code}`),
    `  ${replay.tag.text}: ${replay.text}`,
    ...(replay.otherAnswer === undefined ? [] : [`    Now: ${replay.otherAnswer}`]),
    ...[...decision.asked, ...decision.grounds].map(({ key, value }) => `  ${key}: ${value}`),
    ...decision.credentials.flatMap(({ title: name, status, rows }) => [
      `  Credential: ${name}: ${status.text}`,
      ...rows.map((row) => `    ${row.tag.text}: ${row.title}${row.note === '' ? '' : ` (${row.note})`}`),
    ]),
    ...decision.stopUses.map((text) => `  Stop-use: ${text}`),
  ];
}
