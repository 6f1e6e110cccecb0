import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { ListedModel } from '../../src/flows/list-models.ts';
import { modelName as name, versionString as version } from './register-builder.ts';

/** What the fake flows list. */
export const MODELS: readonly ListedModel[] = [
  {
    model: name('burned-in-text'),
    version: version('1.0.0'),
    title: 'Burned-in text',
    function: 'quality-check',
    input: 'study',
    protocol: 'oip-v2',
    permitted: true,
    reasons: [],
  },
  {
    model: name('burned-in-text'),
    version: version('1.0.0'),
    title: 'Burned-in text',
    function: 'detection',
    input: 'caller',
    protocol: 'oip-v2',
    permitted: true,
    reasons: [],
  },
  {
    model: name('burned-in-text'),
    version: version('2.0.0'),
    title: 'Burned-in text',
    function: 'quality-check',
    input: 'study',
    protocol: 'oip-v2',
    permitted: false,
    reasons: [
      reasonOf('not-released', { model: 'burned-in-text', version: '2.0.0' }),
      reasonOf('approval-missing', { model: 'burned-in-text', version: '2.0.0', function: 'quality-check' }),
    ],
  },
  {
    model: name('template-drafter'),
    version: version('1.0.0'),
    title: 'Template report drafter (no language model)',
    function: 'report-draft',
    input: 'study',
    protocol: 'oip-v2',
    permitted: true,
    reasons: [],
  },
];
