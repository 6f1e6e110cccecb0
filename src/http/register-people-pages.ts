import type { Request, Response, Router } from 'express';
import type { ListedPeople } from '../flows/list-people.ts';
import type { Profile } from '../domain/profile.ts';
import { peoplePage, type PeoplePage } from '../ui/people-page.ts';
import { changePersonPage, newPersonPage, personFields } from '../ui/person-form.ts';
import { addRoute } from './add-route.ts';
import { offerIn } from './offered-act.ts';
import { addFormDoor } from './form-door.ts';
import { formFaults, typedTexts } from './form-faults.ts';
import { frameOf, openPage, sendPage, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { confirmAmong, justDone, openProfile } from './profile-pages.ts';
import { readForm } from './read-body.ts';
import {
  changePersonForm,
  nameSearchForm,
  newPersonForm,
  peopleQuery,
  type PersonForm,
} from './register-forms.ts';
import { rememberedName, rememberName } from './search-cookie.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

const PEOPLE_PER_PAGE = 25;
/** Name, profession, body, number, band, level, duties, logins, scope. */
const MAX_PERSON_FIELDS = 40;

/** Adds the list of people, its search, and the forms that add somebody and change their details. */
export function addPeoplePages(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/register', { get: [getPeople(deps)] });
  addRoute(router, '/me/register/search', { post: [...readForm(), postSearch(deps)] });
  addNewPerson(router, deps);
  addChangePerson(router, deps);
}

function getPeople(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const { page } = parseInput(peopleQuery, req.query);
    const name = rememberedName(req);
    const people = await findPeople(deps, context, { name, page });
    const shown = { name, page, perPage: PEOPLE_PER_PAGE, done: justDone(req, res) };
    const confirm = confirmAmong(deps, context, people.offers);
    sendPeople(deps, res, context, peoplePage({ people, ...shown, confirm }));
  };
}

/** A name stands in no address: the search is remembered, and the list is shown at its own address. */
function postSearch(deps: PageDeps): Handler {
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    const form = nameSearchForm.safeParse(req.body);
    if (!form.success) {
      const people = { rows: [], total: 0, offers: [] };
      const shown = { page: 1, perPage: PEOPLE_PER_PAGE, done: undefined, confirm: undefined };
      const { name = '' } = typedTexts(req.body, ['name']);
      const faults = formFaults(form.error, { name: 'Name' });
      sendPeople(deps, res.status(400), context, peoplePage({ people, ...shown, name, faults }));
      return;
    }
    rememberName(res, form.data.clear === undefined ? form.data.name : '');
    res.redirect(303, '/me/register');
  };
}

function findPeople(
  { flows }: PageDeps,
  { evidence, signal }: PageContext,
  wanted: { readonly name: string; readonly page: number },
): Promise<ListedPeople> {
  return flows.listPeople({ evidence, ...wanted, perPage: PEOPLE_PER_PAGE }, signal);
}

function sendPeople(deps: PageDeps, res: Response, context: PageContext, model: PeoplePage): void {
  const frame = frameOf(deps, context, { title: 'The AI register', section: 'register' });
  sendPage(deps, res, 'people', { frame, model });
}

function addNewPerson(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/people/new',
    section: 'register',
    title: 'Add a person',
    open: (context: PageContext) => findPeople(deps, context, { name: '', page: 1 }),
    offer: offerIn('add-practitioner'),
    fields: () => personFields(undefined),
    schema: newPersonForm,
    page: (_people, shown) => newPersonPage(shown),
    act: (_people, { id, ...form }) => ({
      act: { act: 'add-practitioner', practitioner: personRecord(id, form) },
      ifMatch: { kind: 'practitioner', id, etag: '' },
    }),
    next: () => '/me/register',
    maxFields: MAX_PERSON_FIELDS,
  });
}

function addChangePerson(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/people/:id/change',
    section: 'register',
    title: ({ practitioner }: Profile) => `Change details: ${practitioner.name}`,
    open: openProfile(deps),
    offer: offerIn('change-practitioner'),
    fields: ({ practitioner }) => personFields(practitioner),
    schema: changePersonForm,
    page: changePersonPage,
    act: ({ practitioner: { id } }, { etag, ...form }) => ({
      act: { act: 'change-practitioner', practitioner: personRecord(id, form) },
      ifMatch: { kind: 'practitioner', id, etag },
    }),
    next: ({ practitioner }) => `/me/register/people/${practitioner.id}`,
    maxFields: MAX_PERSON_FIELDS,
  });
}

/** A person as an import file writes them. */
function personRecord(
  id: string,
  form: PersonForm,
): Readonly<Record<string, unknown>> & { readonly id: string } {
  const { logins = [], modalities, bodyParts, populations, ...rest } = form;
  const scope = {
    ...(modalities === undefined ? {} : { modalities }),
    ...(bodyParts === undefined ? {} : { bodyParts }),
    ...(populations.length === 0 ? {} : { populations }),
  };
  return { id, ...rest, identities: logins, scope };
}
