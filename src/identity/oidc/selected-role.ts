import type { LoginRole } from '../../domain/principal.ts';
import { demand } from '../sign-in-refusal.ts';
import { claimValues, isRecord, plainText, type Claims, type ClaimSources } from './claim-values.ts';

const MAX_ID_LENGTH = 64;
const MAX_NAME_LENGTH = 200;

/**
 * The role that the person chose at the provider, found among the roles it says they have (CIS2: `selected_roleid`,
 * nhsid_nrbac_roles). Throws SignInRefused('role-missing') when none was chosen or it is not theirs, ('attributes-unclear') when
 * two were.
 */
export function selectedRole(claims: ClaimSources): LoginRole {
  const chosen = new Set(claimValues(claims, 'selected_roleid'));
  demand(chosen.size <= 1, 'attributes-unclear');
  const id = plainText([...chosen][0], MAX_ID_LENGTH);
  demand(id !== undefined, 'role-missing');
  const role = rolesOf(claims).find((one) => one['person_roleid'] === id);
  demand(role !== undefined, 'role-missing');
  const name = plainText(role['role_name'], MAX_NAME_LENGTH);
  const organisation = plainText(role['org_code'], MAX_ID_LENGTH);
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...(organisation === undefined ? {} : { organisation }),
  };
}

/** A list of roles, or an object with such a list in it, under either name. */
function rolesOf(claims: ClaimSources): readonly Claims[] {
  return claimValues(claims, 'nhsid_nrbac_roles', 'nationalrbacaccess')
    .flatMap((value) => (isRecord(value) ? value['nhsid_nrbac_roles'] : value))
    .filter(isRecord);
}
