import type { ActOffer } from '../domain/act-offer.ts';
import type { PeopleList } from '../domain/people-list.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { Tag } from './plain-words.ts';
import type { WayOut } from './problem-page.ts';
import { isOpen } from './profile-page.ts';
import { professionText, roleText } from './register-choices.ts';
import { actDoneText, credentialTag } from './register-words.ts';

/** One line of the list of people. */
export interface PersonLine {
  readonly name: string;
  readonly href: string;
  readonly profession: string;
  readonly duties: string;
  readonly credentials: readonly { readonly title: string; readonly tag: Tag }[];
}

/** The page with the people of the register. */
export interface PeoplePage {
  readonly done?: string;
  readonly rows: readonly PersonLine[];
  readonly total: number;
  /** Words of a name that were looked for. */
  readonly name: string;
  readonly page: number;
  readonly previousHref?: string;
  readonly nextHref?: string;
  readonly actions: readonly WayOut[];
  /** What signing in more strongly would open. */
  readonly confirm?: WayOut;
  readonly faults: readonly { readonly field: string; readonly text: string }[];
}

interface Given {
  readonly people: PeopleList & { readonly offers: readonly ActOffer[] };
  readonly name: string;
  readonly page: number;
  readonly perPage: number;
  readonly done: RegisterActName | undefined;
  readonly confirm: WayOut | undefined;
  readonly faults?: PeoplePage['faults'];
}

const ACTIONS: readonly { readonly act: RegisterActName; readonly way: WayOut }[] = [
  { act: 'add-practitioner', way: { text: 'Add a person', href: '/me/register/people/new' } },
  {
    act: 'carry-over-approvals',
    way: { text: 'Carry approvals over to a new version', href: '/me/register/carry-over' },
  },
];

/** Turns a page of people into what the template shows. */
export function peoplePage({ people, name, page, perPage, done, confirm, faults = [] }: Given): PeoplePage {
  const { rows, total, offers } = people;
  return {
    ...(done === undefined ? {} : { done: actDoneText(done) }),
    rows: rows.map(personLine),
    total,
    name,
    page,
    ...(page > 1 ? { previousHref: pageHref(page - 1) } : {}),
    ...(page * perPage < total ? { nextHref: pageHref(page + 1) } : {}),
    actions: ACTIONS.filter(({ act }) => isOpen(offers, act)).map(({ way }) => way),
    ...(confirm === undefined ? {} : { confirm }),
    faults,
  };
}

type Credentials = PeopleList['rows'][number]['credentials'];

/** The first of the policy for the profession, and every other that says something of its own. */
function worthTelling(credentials: Credentials): Credentials {
  const isPerson = credentials.every(({ status }) => status === 'suspended');
  return credentials.filter(({ status }, place) => {
    if (place === 0) return status !== 'none';
    return status === 'current' || status === 'lapsed' || (status === 'suspended' && !isPerson);
  });
}

function personLine({ practitioner, credentials }: PeopleList['rows'][number]): PersonLine {
  const { id, name, profession, roles } = practitioner;
  return {
    name,
    href: `/me/register/people/${id}`,
    profession: professionText(profession),
    duties: roles.map(roleText).join(', '),
    credentials: worthTelling(credentials).map(({ title, status }) => ({
      title,
      tag: credentialTag(status),
    })),
  };
}

function pageHref(page: number): string {
  return page === 1 ? '/me/register' : `/me/register?page=${page}`;
}
