import type { ModelFile } from '../domain/model-file.ts';
import { formPage, type FieldSpec, type FormPage, type ShownForm } from './form-page.ts';
import { functionText } from './plain-words.ts';
import { backToModel, versionFacts } from './stop-forms.ts';

/** For which endpoint somebody signs: one of those for which nobody has, where it is now. */
export function nameOnlyFields({ toSign }: ModelFile): readonly FieldSpec[] {
  const choices = toSign.map(({ function: name, baseUrl, endpointModel }) => ({
    value: name,
    text: functionText(name),
    hint: `It calls itself ${endpointModel}, at ${baseUrl}.`,
  }));
  return [
    {
      kind: 'radios',
      name: 'function',
      label: 'Endpoint',
      choices,
      preset: choices.length === 1 ? choices.map(({ value }) => value) : [],
    },
  ];
}

/** The page where somebody answers for an endpoint that nothing but its name vouches for. */
export function nameOnlyPage(file: ModelFile, shown: ShownForm): FormPage {
  const content = {
    back: backToModel(file),
    button: 'Sign for it',
    isWarning: true,
    hidden: [{ name: 'etag', value: file.etag }],
    facts: versionFacts(file),
    intro: [
      'Nothing in its answers says which version was run. Who signs answers for it that this address runs exactly this version, and that it is not changed without a word.',
      'The signature is for this address: at another, the endpoint is locked again.',
    ],
  };
  return formPage(content, shown);
}
