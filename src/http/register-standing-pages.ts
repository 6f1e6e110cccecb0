import type { Request, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import type { Profile } from '../domain/profile.ts';
import {
  awardFields,
  awardPage,
  liftingFields,
  liftPage,
  suspendPage,
  suspensionFields,
} from '../ui/standing-forms.ts';
import { schemeSections, type SchemeSection } from '../ui/standing-rows.ts';
import { addFormDoor } from './form-door.ts';
import { offerIn } from './offered-act.ts';
import type { PageContext, PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { openProfile } from './profile-pages.ts';
import { awardForm, schemeParams, suspensionForm } from './register-forms.ts';

/** Adds the forms by which a credential is awarded, and somebody suspended or let back. */
export function addStandingPages(router: Router, deps: PageDeps): void {
  addAward(router, deps);
  addSuspension(router, deps);
  addLifting(router, deps);
}

interface Awarding {
  readonly profile: Profile;
  readonly section: SchemeSection;
  readonly offers: Profile['offers'];
}

function addAward(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/people/:id/award/:scheme',
    section: 'register',
    title: ({ section }: Awarding) => `Award: ${section.title}`,
    open: openAwarding(deps),
    offer: offerIn('award-credential'),
    fields: () => awardFields(),
    schema: awardForm,
    page: ({ profile, section }, shown) => awardPage(profile, section, shown),
    act: ({ profile, section }, form) => ({
      act: { act: 'award-credential', practitioner: profile.practitioner.id, scheme: section.id, ...form },
    }),
    next: ({ profile }) => personHref(profile),
  });
}

function openAwarding(deps: PageDeps): (context: PageContext, req: Request) => Promise<Awarding> {
  const open = openProfile(deps);
  return async (context, req) => {
    const { scheme } = parseInput(schemeParams, req.params);
    const profile = await open(context, req);
    const section = schemeSections(profile.standings, {
      now: profile.now,
      timeZone: deps.timeZone,
    }).find(({ id }) => id === scheme);
    if (section !== undefined) return { profile, section, offers: profile.offers };
    throw new GatewayError('not-found', { detail: 'There is no such credential for this profession.' });
  };
}

function addSuspension(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/people/:id/suspend',
    section: 'register',
    title: ({ practitioner }: Profile) => `Suspend: ${practitioner.name}`,
    open: openProfile(deps),
    offer: offerIn('suspend'),
    fields: suspensionFields,
    schema: suspensionForm,
    page: suspendPage,
    act: ({ practitioner }, form) => ({
      act: { act: 'suspend', practitioner: practitioner.id, ...whatOf(form) },
    }),
    next: personHref,
  });
}

function addLifting(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/people/:id/lift-suspension',
    section: 'register',
    title: ({ practitioner }: Profile) => `Lift a suspension: ${practitioner.name}`,
    open: openProfile(deps),
    offer: offerIn('lift-suspension'),
    fields: liftingFields,
    schema: suspensionForm,
    page: liftPage,
    act: ({ practitioner }, form) => ({
      act: { act: 'lift-suspension', practitioner: practitioner.id, ...whatOf(form) },
    }),
    next: personHref,
  });
}

/** The person as a whole, or one credential. */
function whatOf({ scheme, reason }: { readonly scheme: string; readonly reason: string }): {
  readonly scheme?: string;
  readonly reason: string;
} {
  return { ...(scheme === 'all' ? {} : { scheme }), reason };
}

function personHref({ practitioner }: Profile): string {
  return `/me/register/people/${practitioner.id}`;
}
