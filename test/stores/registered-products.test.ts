import { RegisterUnavailable } from '../../src/domain/errors.ts';
import { recognisedResults, registeredProducts } from '../../src/register/registered-products.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import { aModelVersion, aRegister } from '../fakes/register-builder.ts';

const register = { snapshot: () => aRegister() };
const [known] = aRegister().modelVersions();

test.each([
  { name: 'the model', modelName: known?.model, expect: true },
  { name: 'its title, in other letters', modelName: known?.title.toUpperCase(), expect: true },
  { name: 'its family', modelName: known?.family, expect: true },
  { name: 'a workstation', modelName: 'Advantage Console', expect: false },
  { name: 'no name', modelName: undefined, expect: false },
])('$name -> $expect', ({ modelName, expect: known }) => {
  const product = modelName === undefined ? {} : { modelName };
  expect(registeredProducts(register)(product)).toBe(known);
});

test('the register away -> every product counts as AI', () => {
  const away = {
    snapshot: () => {
      throw new RegisterUnavailable('away');
    },
  };
  expect(registeredProducts(away)({ modelName: 'Advantage Console' })).toBe(true);
});

test('results without a mark are recognised by the rules of the register, also while it is away', () => {
  const state: { snapshot: RegisterSnapshot | undefined } = {
    snapshot: aRegister({ modelVersions: [aModelVersion({ recognition: [{ station: 'AISRV1' }] })] }),
  };
  const recognise = recognisedResults({
    snapshot: () => {
      if (state.snapshot === undefined) throw new RegisterUnavailable('away');
      return state.snapshot;
    },
  });
  const makers = [{ name: 'lung-nodule', version: '2.1.0' }];
  expect(recognise({ station: 'aisrv1' })).toEqual(makers);
  expect(recognise({ station: 'CT1' })).toEqual([]);
  state.snapshot = undefined;
  expect(recognise({ station: 'aisrv1' })).toEqual(makers);
  state.snapshot = aRegister();
  expect(recognise({ station: 'aisrv1' })).toEqual([]);
});
