import { parseModelName, parseVersion, type ModelName, type VersionString } from '../domain/identifiers.ts';

/** A model of the register and its exact version, in one name: clients of these dialects have no place for a version. */
export interface NamedVersion {
  readonly model: ModelName;
  readonly version: VersionString;
}

/** Parses `name@version`; undefined when malformed, or without a version. */
export function parseNamedVersion(text: string): NamedVersion | undefined {
  const [name = '', number = '', ...others] = text.split('@');
  const [model, version] = [parseModelName(name), parseVersion(number)];
  return model === undefined || version === undefined || others.length > 0 ? undefined : { model, version };
}
