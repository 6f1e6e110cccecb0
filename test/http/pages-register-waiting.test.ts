import { GatewayError, NotPermitted } from '../../src/domain/errors.ts';
import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { appliedAct, AWARD_DIGEST, loginOf, waitingProposal } from '../fakes/fake-people-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf } from '../fakes/page-text.ts';
import { doneIn, peopleApp } from '../fakes/people-app.ts';
import { DIRECTOR, HOLDER, LEAD, RADIOGRAPHER } from '../fakes/people-register.ts';

const WAITING = '/me/register/waiting';
const ONE = `${WAITING}/${'e'.repeat(64)}`;
const second = loginOf(DIRECTOR);

describe('what waits', () => {
  test('is listed with who wants what about whom, since when, and whose turn it is', async () => {
    const { text } = await peopleApp({ viewer: second }).open(WAITING);
    const said = plainText(text);
    expect(said).toContain('About Ben Adéyemi Wanted by Alice Osei');
    expect(said).toContain('Since 10 Mar 2026, 08:59:00 State Waits for you');
    expect(linksOf(text).at(-1)).toEqual({
      text: 'Change a person’s details : Ben Adéyemi, 10 Mar 2026, 08:59:00',
      href: ONE,
    });
    expect(plainText((await peopleApp().open(WAITING)).text)).toContain('Waits for somebody else');
  });

  test('nothing -> so', async () => {
    expect(plainText((await peopleApp({ pending: [] }).open(WAITING)).text)).toContain('Nothing waits.');
  });

  test('an import of many is told by number, not by name', async () => {
    const change = waitingProposal().changes[0];
    const changes = Array.from({ length: 250 }, (_, place) => ({
      ...(change ?? { kind: 'evidence', action: 'added', digest: '', entry: 'register.change' as const }),
      id: `E-${place}`,
      action: 'added' as const,
      person: [LEAD, DIRECTOR, HOLDER, RADIOGRAPHER, 'dana.held'][place % 5] ?? LEAD,
    }));
    const drafts = changes.map(({ id, person }) => ({
      kind: 'evidence' as const,
      id,
      record: { id, practitioner: person, type: 'portfolio', happenedAt: '2026-01-01', attestedBy: 'Office' },
    }));
    const pending = [
      { proposal: waitingProposal({ act: 'import', changes, consents: [], signedBy: ['ada'] }), drafts },
    ];
    const app = peopleApp({ viewer: second, pending });
    expect(plainText((await app.open(WAITING)).text)).toContain(
      'Alice Osei, Fiona Grant, Chris Rowe and 2 more Wanted by ada',
    );
    const { text } = await app.open(ONE);
    expect(textsOf(text, 'h3')).toHaveLength(100);
    expect(plainText(text)).toContain('And 150 more records that are not shown here.');
  });
});

describe('one thing that waits', () => {
  test('shows what would change, before and after, in words', async () => {
    const { text } = await peopleApp({ viewer: second }).open(ONE);
    expect(textsOf(text, 'h1')).toEqual(['Change a person’s details']);
    expect(textsOf(text, 'h3')).toEqual(['Person: Ben Adéyemi Changed']);
    const cells = textsOf(text, 'td');
    expect(cells).toEqual(['What Duties', 'Now Nothing', 'Then AI faculty', 'What Band', 'Now 7', 'Then 8']);
    expect(plainText(text)).toContain('Not in force yet');
    expect(ownFormsOf(text).map(({ action, buttons }) => [action, buttons])).toEqual([
      [`${ONE}/confirm`, ['Confirm it']],
    ]);
  });

  test('whoever wanted it cannot confirm it, and may withdraw it', async () => {
    const { text } = await peopleApp().open(ONE);
    expect(ownFormsOf(text).map(({ action }) => action)).toEqual([`${ONE}/withdraw`]);
    expect(plainText(text)).toContain('Why you cannot confirm it You are the first of the two people');
  });

  test('a sign-in that is too weak -> what opens it, and back here', async () => {
    const { text } = await peopleApp({ viewer: loginOf(DIRECTOR, { assurance: 2 }) }).open(ONE);
    expect(ownFormsOf(text)).toEqual([]);
    expect(linksOf(text)).toContainEqual({
      text: 'Confirm with your smart card',
      href: `/auth/step-up?assurance=3&return=${encodeURIComponent(ONE)}`,
    });
  });

  test('a new record is shown whole, one to be taken back with its reason', async () => {
    const drafts = [
      {
        kind: 'evidence' as const,
        id: 'E-new',
        record: {
          id: 'E-new',
          practitioner: RADIOGRAPHER,
          type: 'award',
          scheme: 'ai-operator',
          happenedAt: '2026-03-10T08:59:00Z',
          attestedBy: LEAD,
        },
      },
      { kind: 'evidence' as const, id: 'E-exam', removed: true as const, reason: 'Entered twice.' },
      {
        kind: 'approval' as const,
        id: 'A-supervised',
        record: {
          id: 'A-supervised',
          model: 'lung-nodule',
          version: '2.1.0',
          functions: ['detection'],
          from: '2026-01-01',
        },
      },
    ];
    const pending = [{ proposal: waitingProposal({ act: 'import' }), drafts }];
    const { text } = await peopleApp({ viewer: second, pending }).open(ONE);
    expect(textsOf(text, 'h3')).toEqual([
      'Evidence: Award of a credential New',
      'Evidence: AI literacy exam Taken back',
      'Approval: lung-nodule 2.1.0 Changed',
    ]);
    const said = plainText(text);
    expect(said).toContain('Person Then Ben Adéyemi (ben.adeyemi)');
    expect(said).toContain('Then 10 March 2026, 08:59 UTC');
    expect(said).toContain('Attested by Then Alice Osei (alice.osei)');
    expect(said).toContain('Reason: Entered twice.');
    expect(said).toContain('Score Now 72 Then Nothing');
    expect(said).toContain('From');
  });

  test('out of date -> said, and it can only be withdrawn', async () => {
    const pending = [{ proposal: waitingProposal({ state: 'outdated' }), drafts: [] }];
    const { text } = await peopleApp({ pending }).open(ONE);
    expect(plainText(text)).toContain('so it can no longer be confirmed');
    expect(ownFormsOf(text).map(({ action }) => action)).toEqual([`${ONE}/withdraw`]);
    expect(plainText((await peopleApp({ pending }).open(WAITING)).text)).toContain('Out of date');
  });

  test('confirmed meanwhile -> in force, with what was written', async () => {
    const drafts = [
      { kind: 'practitioner' as const, id: RADIOGRAPHER, record: { id: RADIOGRAPHER, band: 8 } },
    ];
    const pending = [{ proposal: waitingProposal({ state: 'applied' }), drafts }];
    const { text } = await peopleApp({ pending }).open(ONE);
    expect(plainText(text)).toContain('In force');
    expect(plainText(text)).toContain('What it says');
    expect(plainText(text)).toContain('Band Then 8');
    expect(ownFormsOf(text)).toEqual([]);
  });

  test.each([`${WAITING}/zz`, `${ONE}?x=1`])('%s -> 400', async (path) => {
    expect((await peopleApp().open(path)).status).toBe(400);
  });
});

describe('confirming and withdrawing', () => {
  const decided = (state: 'applied' | 'withdrawn' | 'pending'): ReturnType<typeof waitingProposal> =>
    waitingProposal({ state });

  test('is done, then said', async () => {
    const confirmAct = jest.fn<ReturnType<Flows['confirmAct']>, Parameters<Flows['confirmAct']>>(async () =>
      appliedAct('change-practitioner'),
    );
    const res = await peopleApp({ viewer: second, flows: { confirmAct } }).send(`${ONE}/confirm`, {});
    expect([res.status, res.headers['location'], doneIn(res)]).toEqual([
      303,
      WAITING,
      '"change-practitioner"',
    ]);
    expect(confirmAct.mock.calls[0]?.[0]).toMatchObject({
      digest: AWARD_DIGEST,
      requestId: res.headers['request-id'],
    });
  });

  test('a withdrawn one is not said to be done', async () => {
    const withdrawAct: Flows['withdrawAct'] = async () => decided('withdrawn');
    const res = await peopleApp({ flows: { withdrawAct } }).send(`${ONE}/withdraw`, {});
    expect([res.status, res.headers['location'], doneIn(res)]).toEqual([303, WAITING, undefined]);
  });

  test('one that still waits for others is not said to be done', async () => {
    const confirmAct: Flows['confirmAct'] = async () => decided('pending');
    const res = await peopleApp({ viewer: second, flows: { confirmAct } }).send(`${ONE}/confirm`, {});
    expect(doneIn(res)).toBeUndefined();
  });

  test.each(['confirm', 'withdraw'] as const)('%s refused -> why, on its own page', async (verb) => {
    const refused = () => Promise.reject(new NotPermitted([actReasonOf('interested-party')]));
    const flows = { confirmAct: refused, withdrawAct: refused };
    const res = await peopleApp({ viewer: second, flows }).send(`${ONE}/${verb}`, {});
    expect(res.status).toBe(403);
    expect(plainText(res.text)).toContain(
      'Not done: Change a person’s details Something in it concerns you personally',
    );
  });

  test('overtaken -> said in a sentence', async () => {
    const confirmAct = () => Promise.reject(new GatewayError('conflict', { detail: 'It is out of date.' }));
    const res = await peopleApp({ viewer: second, flows: { confirmAct } }).send(`${ONE}/confirm`, {});
    expect([res.status, plainText(res.text)]).toEqual([409, expect.stringContaining('It is out of date.')]);
  });

  test('the case log away -> nothing is said to be done', async () => {
    const confirmAct = () => Promise.reject(new GatewayError('case-log-unavailable', { detail: 'Away.' }));
    const res = await peopleApp({ viewer: second, flows: { confirmAct } }).send(`${ONE}/confirm`, {});
    expect([res.status, doneIn(res)]).toEqual([503, undefined]);
  });

  test('a form with anything in it -> 400; from a stranger’s page -> 403', async () => {
    const confirmAct = jest.fn();
    const app = peopleApp({ viewer: second, flows: { confirmAct } });
    expect((await app.send(`${ONE}/confirm`, { x: '1' })).status).toBe(400);
    expect((await app.send(`${ONE}/confirm`, {}).set('origin', 'https://evil.example')).status).toBe(403);
    expect(confirmAct).not.toHaveBeenCalled();
  });
});
